import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import type { PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { onRequestAsyncHookHandler } from "fastify";

/** Lets in who the verifier knows, before the body is read. */
export function onlyFrom(verify: PushVerifier, log: Logger): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const verdict = await verify(request.headers);
    if (verdict === "ok") return undefined;
    log.warn({ route: request.routeOptions.url ?? "none", statusCode: verdict.status, rule: verdict.reason }, "request refused");
    return reply.code(verdict.status).send(errorBody(verdict.status === 401 ? "unauthorized" : "forbidden", verdict.reason));
  };
}
