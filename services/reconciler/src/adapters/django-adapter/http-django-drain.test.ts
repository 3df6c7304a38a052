import { createServer } from "node:http";
import { Secret } from "@member-sync/shared/runtime/secret.ts";
import { expect, test } from "vitest";
import { createHttpDjangoDrain } from "./http-django-drain.ts";

async function drainedBy(status: number, body: unknown) {
  await using server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  const drain = createHttpDjangoDrain({ url: `http://127.0.0.1:${address.port}`, token: new Secret("token") });
  return await drain.drain(AbortSignal.timeout(5_000));
}

test.each<[string, number, unknown, object]>([
  [
    "that Django does not answer, and why",
    503,
    { error: { code: "django_unavailable", message: "…", details: { reason: "time-out" } } },
    { code: "django_unavailable", details: { status: 503, reason: "time-out" } },
  ],
  ["that Django answers nonsense", 503, { error: { code: "django_bad_answer", message: "…" } }, { code: "django_bad_answer" }],
  ["something else", 500, { error: { code: "internal_server_error" } }, { code: "peer_unavailable" }],
  ["no report", 200, { done: true }, { code: "peer_unavailable" }],
])("an adapter that says %s", async (_what, status, body, error) => {
  await expect(drainedBy(status, body)).rejects.toMatchObject(error);
});

test("an adapter that drained gives its report", async () => {
  const report = { published: [{ memberRef: "a", revision: "1" }] };
  expect(await drainedBy(200, report)).toEqual(report);
});
