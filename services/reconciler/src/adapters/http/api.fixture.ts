import type { FastifyInstance } from "fastify";
import type { PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import { createHttpServer } from "@member-sync/shared/http/server.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { Secret } from "@member-sync/shared/runtime/secret.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { registerApi } from "./register-api.ts";
import type { UseCases } from "./use-cases.ts";

export const TOKEN = "a-token-of-the-tests";
const bearer = { authorization: `Bearer ${TOKEN}` };

/** A server with the API on it, whose use cases are those given; any other must not be asked. */
export async function serverWith(useCases: Partial<UseCases>, scheduler?: PushVerifier): Promise<FastifyInstance> {
  const app = createHttpServer({
    service: "reconciler",
    log: createLogger({ service: "reconciler", level: "silent" }),
    ready: async () => ({ ok: true, checks: {} }),
    metrics: createMetrics("reconciler"),
  });
  await registerApi(app, { useCases: { ...notAsked, ...useCases }, tokens: [new Secret(TOKEN)], ...(scheduler && { scheduler }) });
  await app.ready();
  return app;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the API as somebody who bears the token. */
export async function call(
  app: FastifyInstance,
  request: string,
  payload?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [method, url = ""] = request.split(" ");
  const response = await app.inject({
    method: method === "POST" ? "POST" : "GET",
    url,
    headers: { ...bearer, ...headers },
    ...(payload !== undefined && { payload }),
  });
  const body: unknown = response.json();
  return { status: response.statusCode, body };
}

const never = () => Promise.reject(new Error("this use case was not to be asked"));

const notAsked: UseCases = {
  status: never,
  lookup: never,
  member: never,
  timeline: never,
  conflicts: never,
  conflict: never,
  decide: never,
  deadLetters: never,
  replay: never,
  discard: never,
  replayMany: never,
  runs: never,
  flush: never,
  control: never,
  confirmRestore: never,
  backfill: never,
  syncMember: never,
  sweep: never,
};
