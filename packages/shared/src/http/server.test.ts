import { Writable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import { SyncError } from "../errors/sync-error.ts";
import { createLogger } from "../runtime/logging.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import type { ErrorBody } from "./error-answer.ts";
import { createHttpServer, listen, type HttpServerOptions, type Readiness } from "./server.ts";

const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

function server(
  ready: () => Promise<Readiness> = async () => ({ ok: true, checks: { store: true } }),
  more: Pick<HttpServerOptions, "maxBytesInHand"> = {},
) {
  const lines: string[] = [];
  const log = createLogger({
    service: "probe",
    destination: new Writable({
      write: (line, _encoding, done) => {
        lines.push(String(line));
        done();
      },
    }),
  });
  const app = createHttpServer({ service: "probe", log, ready, metrics: createMetrics("probe"), ...more });
  open.push(app);
  return { app, lines };
}

describe("every service", () => {
  test("says that it lives", async () => {
    const answer = await server().app.inject("/healthz");
    expect({ status: answer.statusCode, body: answer.json<unknown>() }).toEqual({ status: 200, body: { status: "ok", service: "probe" } });
  });

  test.each<[string, number, () => Promise<Readiness>]>([
    ["ready", 200, async () => ({ ok: true, checks: { store: true } })],
    ["not ready", 503, async () => ({ ok: false, checks: { store: false, bus: true } })],
    [
      "unable to tell",
      503,
      async () => {
        throw new Error("0101302989");
      },
    ],
    [
      "unable to tell at once",
      503,
      () => {
        throw new Error("0101302989");
      },
    ],
  ])("says whether it is ready: %s", async (_name, status, ready) => {
    const { app, lines } = server(ready);
    const answer = await app.inject("/readyz");
    expect(answer.statusCode).toBe(status);
    expect(answer.json<Readiness>().ok).toBe(status === 200);
    expect(answer.body + lines.join("")).not.toContain("0101302989");
  });

  test("shows its metrics", async () => {
    const answer = await server().app.inject("/metrics");
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    expect(answer.body).toContain('membersync_log_lines_lost{service="probe"} 0');
  });

  test("listens where it says", async () => {
    const url = await listen(server().app, { host: "127.0.0.1", port: 0 });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("an error", () => {
  test.each<[string, unknown, number, string]>([
    ["that may pass", new SyncError("store_unavailable"), 503, "store_unavailable"],
    ["that cannot pass", new SyncError("message_malformed", { fields: ["email"] }), 422, "message_malformed"],
    ["that is a bug", new SyncError("invariant_broken"), 500, "invariant_broken"],
    ["that is foreign", new Error("no member 0101302989"), 500, "internal_server_error"],
    ["with a status", Object.assign(new Error("no member 0101302989"), { statusCode: 409 }), 409, "conflict"],
    ["that is none", "0101302989", 500, "internal_server_error"],
  ])("%s has one shape and tells nothing of a person", async (_name, error, status, code) => {
    const { app, lines } = server();
    app.get("/fails/:id", () => {
      throw error;
    });
    const answer = await app.inject("/fails/0101302989?kennitala=0101302989");
    expect(answer.statusCode).toBe(status);
    const body = answer.json<ErrorBody>();
    expect({ code: body.error.code, words: typeof body.error.message }).toEqual({ code, words: "string" });
    expect(answer.headers["retry-after"]).toBe(status === 503 ? "5" : undefined);
    expect(answer.body + lines.join("")).not.toContain("0101302989");
    expect(lines).toHaveLength(status >= 500 ? 1 : 0);
  });

  test.each([
    ["no such route", { method: "GET", url: "/members/0101302989" }, 404, "not_found"],
    [
      "no JSON",
      { method: "POST", url: "/takes", headers: { "content-type": "application/json" }, payload: '{"name":"Anna' },
      400,
      "bad_request",
    ],
    [
      "another type",
      { method: "POST", url: "/takes", headers: { "content-type": "text/csv" }, payload: "Anna" },
      415,
      "unsupported_media_type",
    ],
    ["not as described", { method: "POST", url: "/takes", payload: { name: { first: "Anna" } } }, 400, "validation_failed"],
    [
      "a prototype",
      { method: "POST", url: "/takes", headers: { "content-type": "application/json" }, payload: '{"__proto__":{"x":"Anna"}}' },
      400,
      "bad_request",
    ],
    ["too large", { method: "POST", url: "/takes", payload: { name: "Anna".repeat(3_000_000) } }, 413, "payload_too_large"],
  ] as const)("of the request: %s", async (_name, request, status, code) => {
    const { app } = server();
    app.post("/takes", { schema: { body: { type: "object", properties: { name: { type: "string" } } } } }, () => ({}));
    const answer = await app.inject(request);
    expect({ status: answer.statusCode, code: answer.json<{ error: { code: string } }>().error.code }).toEqual({ status, code });
    expect(answer.body).not.toMatch(/Anna|0101302989/);
  });
});

describe("what is in hand at once", () => {
  async function slowServer(maxBytesInHand: number) {
    const { app } = server(undefined, { maxBytesInHand });
    const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    app.post("/slow", async () => {
      begun.resolve();
      await mayEnd.promise;
      return {};
    });
    const url = await listen(app, { host: "127.0.0.1", port: 0 });
    const post = (bytes: number, signal?: AbortSignal) =>
      fetch(`${url}/slow`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify("x".repeat(bytes - 2)),
        ...(signal === undefined ? {} : { signal }),
      });
    return { app, url, post, begun: begun.promise, letEnd: () => mayEnd.resolve() };
  }

  test("is bounded: what would be more is asked to come again, counted, and taken when there is room", async () => {
    const { app, url, post, begun, letEnd } = await slowServer(1_000);
    const first = post(700);
    await begun;
    const second = await post(400);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await second.json()).toEqual({ error: { code: "too_many_requests", message: expect.any(String) } });
    const small = post(300);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    letEnd();
    expect([(await first).status, (await small).status, (await post(900)).status]).toEqual([200, 200, 200]);
    expect((await app.inject("/metrics")).body).toContain('membersync_requests_put_off_total{service="probe"} 1');
  });

  test("may be one that is larger, alone", async () => {
    const { post, letEnd } = await slowServer(1_000);
    letEnd();
    expect((await post(5_000)).status).toBe(200);
  });

  test("is given back by a sender that has gone", async () => {
    const { post, begun, letEnd } = await slowServer(1_000);
    const gone = new AbortController();
    const first = post(900, gone.signal);
    await begun;
    gone.abort();
    await expect(first).rejects.toThrow();
    letEnd();
    await expect.poll(async () => (await post(900)).status).toBe(200);
  });
});
