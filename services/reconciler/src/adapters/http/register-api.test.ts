import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { describe, expect, it } from "vitest";
import { call, serverWith, TOKEN } from "./api.fixture.ts";

const page = async () => ({ items: [], next: null });
const report = { resent: 2, released: 1 };

const ROUTES = [
  "GET /api/status",
  "POST /api/control",
  "POST /api/control/restores",
  "POST /api/members/lookup",
  "GET /api/members/{memberRef}",
  "GET /api/members/{memberRef}/timeline",
  "GET /api/conflicts",
  "GET /api/conflicts/{id}",
  "POST /api/conflicts/{id}/resolve",
  "GET /api/dead-letters",
  "POST /api/dead-letters/replay",
  "POST /api/dead-letters/{id}/replay",
  "POST /api/dead-letters/{id}/discard",
  "GET /api/runs",
  "POST /api/flush",
  "POST /api/members/{memberRef}/sync",
  "POST /flush",
  "POST /backfill",
  "POST /sweep",
] as const;

describe("who may call", () => {
  it.each(ROUTES)("%s asks for a token, and for the right one", async (route) => {
    await using app = await serverWith({});
    const [method, url = ""] = route.split(" ");
    for (const authorization of [undefined, "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, "Bearer "]) {
      const response = await app.inject({
        method: method === "POST" ? "POST" : "GET",
        url,
        headers: authorization ? { authorization } : {},
      });
      expect(response.statusCode).toBe(401);
      expect(response.json()).toMatchObject({ error: { code: "unauthorized" } });
    }
  });

  it("lets the scheduler in by its own token, at its own routes only", async () => {
    const scheduler = async (headers: { authorization?: string | undefined }) =>
      headers.authorization === "Bearer scheduler" ? "ok" : ({ status: 401, reason: "no token" } as const);
    await using app = await serverWith({ sweep: async () => report }, scheduler);
    const as = (authorization: string) => ({ authorization });
    expect(await call(app, "POST /sweep", undefined, as("Bearer scheduler"))).toEqual({ status: 200, body: report });
    expect((await call(app, "POST /sweep")).status).toBe(200);
    expect((await call(app, "POST /sweep", undefined, as("Bearer other"))).status).toBe(401);
    expect((await call(app, "GET /api/runs", undefined, as("Bearer scheduler"))).status).toBe(401);
  });

  it("takes whatever body the scheduler sends", async () => {
    await using app = await serverWith({ sweep: async () => report });
    for (const type of ["application/octet-stream", "text/plain", "application/json"]) {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": type };
      for (const payload of ["", "{", "{}"])
        expect((await app.inject({ method: "POST", url: "/sweep", headers, payload })).statusCode).toBe(200);
    }
  });
});

describe("trouble", () => {
  it("that may pass is 503 with the time to come back, in the one error format", async () => {
    const app = await serverWith({ runs: () => Promise.reject(new SyncError("store_unavailable")) });
    const response = await app.inject({ url: "/api/runs", headers: { authorization: `Bearer ${TOKEN}` } });
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe("5");
    expect(response.json()).toMatchObject({ error: { code: "store_unavailable" } });
    await app.close();
  });

  it("that nobody foresaw is 500 and tells nothing of what was thrown", async () => {
    await using app = await serverWith({ runs: () => Promise.reject(new Error("Jón Jónsson 0101307789")) });
    const answer = await call(app, "GET /api/runs");
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain("Jón");
  });

  it("with the JSON of a body is 400, also where it would change prototypes", async () => {
    await using app = await serverWith({});
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    for (const payload of ["{", '{"__proto__":{"paused":true}}', '{"constructor":{"prototype":{"paused":true}}}', ""])
      expect((await app.inject({ method: "POST", url: "/api/control", headers, payload })).statusCode).toBe(400);
  });

  it("at an address that is none is 404 in the same format", async () => {
    await using app = await serverWith({});
    expect(await call(app, "GET /api/nothing")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
  });
});

describe("lists", () => {
  it.each(["conflicts", "dead-letters", "runs", "members/abcdefghijklmnopqrst/timeline"])(
    "%s refuses paging that is not as described",
    async (list) => {
      await using app = await serverWith({ conflicts: page, deadLetters: page, runs: page, timeline: page });
      for (const query of ["limit=0", "limit=201", "limit=many", "limit=1.5", "cursor=nonsense", "cursor="]) {
        const answer = await call(app, `GET /api/${list}?${query}`);
        expect(answer).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } });
      }
      expect(await call(app, `GET /api/${list}`)).toEqual({ status: 200, body: { items: [], next: null } });
    },
  );

  it("say in words what is wrong, and never repeat what was given", async () => {
    await using app = await serverWith({});
    const { body } = await call(app, "GET /api/conflicts?limit=0&state=0101307789");
    expect(body).toMatchObject({
      error: {
        message: expect.stringContaining("querystring.limit: Too small"),
        details: { issues: expect.arrayContaining([{ at: "querystring.limit", message: expect.stringContaining(">=1") }]) },
      },
    });
    expect(JSON.stringify(body)).not.toContain("0101307789");
  });
});

describe("the documentation", () => {
  it("lists every route with its answers, and refers to nothing that is not there", async () => {
    await using app = await serverWith({});
    const { body } = await call(app, "GET /docs/json");
    expect(body).toMatchObject({ openapi: "3.1.0", info: { title: expect.any(String), version: expect.any(String) } });
    const operations = operationsOf(body);
    expect(operations.map(({ route }) => route).toSorted()).toEqual([...ROUTES].toSorted());
    expect(new Set(operations.map(({ id }) => id)).size).toBe(ROUTES.length);
    for (const { answers, secured } of operations) {
      expect(answers).toEqual(expect.arrayContaining(["400", "401"]));
      expect(secured).toBe(true);
    }
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(references.length).toBeGreaterThan(0);
    for (const name of references) expect(body).toHaveProperty(["components", "schemas", name]);
  });

  it("is a page whose script is served from here", async () => {
    await using app = await serverWith({});
    const html = (await app.inject("/docs/")).body;
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source);
    expect(sources).toEqual(["js/scalar.js"]);
    expect((await app.inject("/docs/js/scalar.js")).statusCode).toBe(200);
  });
});

function operationsOf(document: unknown) {
  const paths = fieldsOf(fieldsOf(document)["paths"]);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, operation]) => {
      const { operationId, responses, security } = fieldsOf(operation);
      return {
        route: `${method.toUpperCase()} ${path}`,
        id: operationId,
        answers: Object.keys(fieldsOf(responses)),
        secured: Array.isArray(security) && security.length > 0,
      };
    }),
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
