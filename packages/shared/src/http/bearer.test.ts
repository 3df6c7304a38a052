import { fastify } from "fastify";
import { describe, expect, test } from "vitest";
import { SyncError } from "../errors/sync-error.ts";
import { Secret } from "../runtime/secret.ts";
import { requireBearer } from "./bearer.ts";

const app = fastify();
app.addHook("onRequest", requireBearer([new Secret("new-token-0123456"), new Secret("old-token-0123456")]));
app.get("/api/status", () => ({ ok: true }));
const statusWith = async (authorization?: string) =>
  (await app.inject({ url: "/api/status", headers: authorization === undefined ? {} : { authorization } })).statusCode;

describe("a bearer token", () => {
  test.each(["Bearer new-token-0123456", "bearer old-token-0123456", "Bearer  new-token-0123456"])("lets in: %s", async (header) =>
    expect(await statusWith(header)).toBe(200),
  );

  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer new-token",
    "Bearer new-token-0123456x",
    "Basic new-token-0123456",
    "new-token-0123456",
    "Bearer new-token-0123456 x",
    "Bearer Þ",
  ])("does not let in: %s", async (header) => expect(await statusWith(header)).toBe(401));

  test("that is missing is told in the one shape", async () => {
    const answer = await app.inject("/api/status");
    expect(answer.json<unknown>()).toEqual({ error: { code: "unauthorized", message: "A valid bearer token is needed." } });
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });

  test("there must be one", () => expect(() => requireBearer([])).toThrow(SyncError));
});
