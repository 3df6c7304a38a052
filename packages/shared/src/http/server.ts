import { fastify, type FastifyInstance } from "fastify";
import type { Logger } from "../runtime/logging.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { announcedBytes, createBytesInHand, type BytesInHand } from "./bytes-in-hand.ts";
import { answerOf, errorBody } from "./error-answer.ts";

/** Whether the service can do its work now, check by check. */
export interface Readiness {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, boolean>>;
}

export interface HttpServerOptions {
  readonly service: string;
  readonly log: Logger;
  readonly ready: () => Promise<Readiness>;
  readonly metrics: Metrics;
  /** Of request bodies at once; what would be more is asked to come again. By default a share of the heap. */
  readonly maxBytesInHand?: number;
}

export const BODY_LIMIT_BYTES = 11 * 1024 * 1024;
const READY_DEADLINE_MS = 5_000;

/**
 * The HTTP server that every service stands on: `/healthz`, `/readyz`, `/metrics`, one error format and no log of
 * URLs, since ids may stand in them.
 */
export function createHttpServer({ service, log, ready, metrics, maxBytesInHand }: HttpServerOptions): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: "idle" });
  boundBytesInHand(app, createBytesInHand(maxBytesInHand), metrics);
  app.setErrorHandler((error, request, reply) => {
    const answer = answerOf(error);
    if (answer.status >= 500)
      log.error({ err: error, method: request.method, route: request.routeOptions.url ?? "none" }, "request failed");
    if (answer.status === 503) reply.header("retry-after", "5");
    return reply.code(answer.status).send(answer.body);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody("not_found", "There is nothing at this address.")));
  app.get("/healthz", () => ({ status: "ok", service }));
  app.get("/readyz", async (_request, reply) => {
    const readiness = await within(Promise.try(ready), READY_DEADLINE_MS).catch((err: unknown): Readiness => {
      log.warn({ err }, "readiness could not be told");
      return { ok: false, checks: {} };
    });
    return reply.code(readiness.ok ? 200 : 503).send(readiness);
  });
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return app;
}

/** Starts to listen; port 0 lets the system choose. Gives the URL to call. */
export async function listen(app: FastifyInstance, at: { readonly host: string; readonly port: number }): Promise<string> {
  const url = new URL(await app.listen({ host: at.host, port: at.port }));
  if (["0.0.0.0", "[::]"].includes(url.hostname)) url.hostname = "127.0.0.1";
  return url.origin;
}

/** Backpressure: a broker that is told 429 brings its message again later, and slower. */
function boundBytesInHand(app: FastifyInstance, bytesInHand: BytesInHand, metrics: Metrics): void {
  const refused = metrics.counter("membersync_requests_put_off_total", "Requests asked to come again, since too much was in hand");
  app.addHook("onRequest", async (request, reply) => {
    const giveBack = bytesInHand.take(announcedBytes(request.headers));
    if (giveBack !== undefined) {
      reply.raw.once("finish", giveBack).once("close", giveBack);
      return undefined;
    }
    refused.inc();
    return reply.code(429).header("retry-after", "1").send(errorBody("too_many_requests", "Too much is in hand; come again."));
  });
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("deadline")), deadlineMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
