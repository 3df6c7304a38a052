import { randomUUID, timingSafeEqual } from "node:crypto";
import { fastify, type FastifyInstance } from "fastify";
import { z } from "zod";
import { exampleHost } from "@member-sync/fakes/django/example-host.ts";
import { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import { takeEmptyJson } from "@member-sync/shared/http/empty-json.ts";
import type { DjangoAccess, RunningDjango } from "../django.ts";
import { membersRoutes, Refused } from "./members-routes.ts";
import { createNudge } from "./nudge.ts";
import { syncRoutes } from "./sync-routes.ts";

export interface StandInOptions {
  readonly port: number;
  readonly access: DjangoAccess;
}

const BODY_LIMIT = 5 * 1024 * 1024;

/** Starts what stands in for Django where there is none: the same endpoints over members in memory. No admin site. */
export async function startStandIn({ port, access }: StandInOptions): Promise<RunningDjango> {
  const app = createStandIn(access);
  await app.listen({ host: "127.0.0.1", port });
  return {
    url: `http://127.0.0.1:${port}/felagar`,
    backend: "stand-in",
    description: "a stand-in for Django, in memory",
    adminUrl: null,
    manage: [],
    process: undefined,
    stop: () => app.close(),
  };
}

export function createStandIn(access: Pick<DjangoAccess, "token" | "nudgeUrl" | "nudgeSecret">): FastifyInstance {
  const onEdit = createNudge(access.nudgeUrl, access.nudgeSecret);
  // Nothing outlives the process, so each start is another history.
  const django = new FakeDjango({ host: exampleHost, clock: Date.now, onEdit, newLineage: randomUUID });
  const app = fastify({ logger: false, bodyLimit: BODY_LIMIT, forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  takeEmptyJson(app);
  app.addHook("onRequest", async (request, reply) => {
    if (!isToken(request.headers.authorization, access.token)) return reply.code(401).send({ error: "The token is missing or wrong." });
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refused) return reply.code(error.statusCode).send({ error: error.message });
    if (error instanceof z.ZodError)
      return reply.code(400).send({ error: `Not valid: ${error.issues.map((issue) => issue.path.join(".")).join(", ")}` });
    const status = statusOf(error);
    return reply.code(status).send({ error: status < 500 ? "The request cannot be read." : "The stand-in failed." });
  });
  app.register(async (routes) => syncRoutes(routes, django), { prefix: "/felagar/api/sync" });
  app.register(async (routes) => membersRoutes(routes, django), { prefix: "/felagar/api/members" });
  return app;
}

function statusOf(error: unknown): number {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(/^(?:Token|Bearer) (.+)$/.exec(header ?? "")?.[1]?.trim() ?? "");
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
