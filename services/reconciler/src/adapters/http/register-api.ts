import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { requireBearer } from "@member-sync/shared/http/bearer.ts";
import { takeEmptyJson } from "@member-sync/shared/http/empty-json.ts";
import type { PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import type { Secret } from "@member-sync/shared/runtime/secret.ts";
import { registerDocs } from "./openapi.ts";
import { conflictRoutes } from "./routes/conflicts.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { memberRoutes } from "./routes/members.ts";
import { operationRoutes } from "./routes/operation.ts";
import { runRoutes } from "./routes/runs.ts";
import { scheduleRoutes } from "./routes/schedule.ts";
import type { UseCases } from "./use-cases.ts";
import { validationAnswer } from "./validation-errors.ts";
import { withZod } from "./zod-app.ts";

export interface ApiOptions {
  readonly useCases: UseCases;
  /** Any of them opens `/api`; several, so that one can be changed without a stop. */
  readonly tokens: readonly Secret[];
  /** Lets the scheduler in at `/flush`, `/sweep` and `/backfill` by its own token; absent where it bears one of `tokens`. */
  readonly scheduler?: PushVerifier;
}

/** Puts the reconciler's API on a server: `/api/*`, `/flush`, `/sweep`, `/backfill`, and its documentation under `/docs`. */
export async function registerApi(app: FastifyInstance, { useCases, tokens, scheduler }: ApiOptions): Promise<void> {
  const bearer = requireBearer(tokens);
  await app.register(async (scope) => {
    scope.setErrorHandler((error, _request, reply) => {
      const answer = validationAnswer(error);
      if (answer === undefined) throw error;
      return reply.code(400).send(answer);
    });
    await registerDocs(scope);
    await scope.register(
      async (api) => {
        api.addHook("onRequest", bearer);
        takeEmptyJson(api);
        const zod = withZod(api);
        operationRoutes(zod, useCases);
        memberRoutes(zod, useCases);
        conflictRoutes(zod, useCases);
        deadLetterRoutes(zod, useCases);
        runRoutes(zod, useCases);
      },
      { prefix: "/api" },
    );
    await scope.register(async (schedule) => {
      schedule.addHook("onRequest", scheduler === undefined ? bearer : eitherOf(scheduler, bearer));
      ignoreBodies(schedule);
      scheduleRoutes(withZod(schedule), useCases);
    });
  });
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

function eitherOf(verify: PushVerifier, bearer: Guard): Guard {
  return async (request, reply) => ((await verify(request.headers)) === "ok" ? undefined : bearer(request, reply));
}

/** Cloud Scheduler sends a content type of its own liking; what it sends means nothing. */
function ignoreBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, _body, done) => done(null, undefined));
}
