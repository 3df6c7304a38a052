import type { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { expect, test } from "vitest";
import { html, json, startStandIn, type Script } from "../../../test/django-stand-in.ts";
import { change, client, failureOf, result } from "../../../test/http-django-client.ts";

test("a page of changes is read into rows, and a row that breaks the contract stands apart with its number", async () => {
  const row = {
    id: 17,
    ssn: "010130-2989",
    action: "update",
    fields_changed: { email: "new@example.is" },
    created_at: "2026-03-01T12:00:00.123456Z",
    revision: 5,
    record: { profile: { email: "new@example.is" } },
    life: "alive",
    actor: "user:3",
    write_id: null,
    django_id: 12,
    previous_ssn: null,
  };
  await using standIn = await startStandIn((_request, response) => {
    json(response, { changes: [row, { ...row, id: 18, life: "undead" }], count: 2, next: 18 });
  });
  const page = await client(standIn).pendingChanges(0, 100);
  expect(page.next).toBe(18);
  expect(page.rows).toMatchObject([
    {
      id: 17,
      ssn: "010130-2989",
      fieldsChanged: ["email"],
      revision: "5",
      createdAt: Date.parse("2026-03-01T12:00:00.123Z"),
      actor: "user:3",
    },
  ]);
  expect(page.unreadable).toMatchObject([{ id: 18, reason: "life: invalid_value" }]);
  expect(standIn.requests).toMatchObject([
    { path: "/felagar/api/sync/changes/?after=0&limit=100", authorization: "Token token-of-the-adapter" },
  ]);
});

test("what was refused of the last write is read wherever Django tells it", async () => {
  const errors = { "profile.email": { code: "invalid", message: "No." } };
  const row = { id: 1, ssn: "0101302989", created_at: "2026-03-01T12:00:00Z", revision: 5, record: null, life: "missing" };
  await using standIn = await startStandIn(({ path }, response) => {
    if (path.includes("/changes/"))
      json(response, {
        changes: [
          { ...row, write_errors: errors },
          { ...row, write_errors: null },
        ],
      });
    else if (path.includes("/members/read/"))
      json(response, { members: [{ ssn: "0101302989", life: "alive", revision: 5, record: {}, write_errors: errors }] });
    else json(response, { detail: "conflict" }, 409);
  });
  const { rows } = await client(standIn).pendingChanges(0, 100);
  expect(rows.map(({ writeErrors }) => writeErrors)).toEqual([errors, undefined]);
  expect(await client(standIn).apply([change("w1")])).toMatchObject([{ status: "stale", lastWriteErrors: errors }]);
  standIn.script = (_request, response) => json(response, { results: [result("w1", { last_write_errors: errors })] });
  expect(await client(standIn).apply([change("w1")])).toMatchObject([{ status: "success", lastWriteErrors: errors }]);
});

test("a change goes out in the contract's shape and its result comes back, fewer or reordered alike", async () => {
  await using standIn = await startStandIn((_request, response) => {
    json(response, {
      results: [result("w3"), result("w1", { status: "stale", last_write_id: null }), { write_id: "w2", status: "no such status" }],
    });
  });
  const results = await client(standIn).apply([change("w1"), change("w2"), change("w3")]);
  expect(results.map(({ writeId, status }) => [writeId, status])).toEqual([
    ["w3", "success"],
    ["w1", "stale"],
  ]);
  expect(standIn.requests[0]?.body).toMatchObject({
    changes: [
      {
        kennitala: "0101302989",
        django_id: 12,
        action: "update",
        changes: { "profile.email": "new@example.is" },
        write_id: "w1",
        expected_revision: 4,
      },
      {},
      {},
    ],
  });
});

test("members are read by kennitala in the body; one that cannot be read is left out, one that is not there is missing", async () => {
  const there = { ssn: "0101302989", life: "alive", revision: 5, record: { profile: {} }, write_id: "w0", django_id: 12, changed_at: null };
  const gone = { ssn: "0202303069", life: "missing", revision: 3, record: null, write_id: null, django_id: null, changed_at: null };
  await using standIn = await startStandIn((_request, response) =>
    json(response, { members: [there, gone, { ssn: "0303303079", life: "undead" }], lineage: "l1" }),
  );
  const kennitalas = ["0101302989", "0202303069", "0303303079"];
  expect(await client(standIn).readMembers(kennitalas)).toMatchObject([
    { kennitala: "0101302989", revision: "5", lastWriteId: "w0", lineage: "l1" },
    { kennitala: "0202303069", revision: "3", life: "missing", record: null, lineage: "l1" },
  ]);
  expect(standIn.requests).toMatchObject([{ method: "POST", path: "/felagar/api/sync/members/read/", body: { ssn: kennitalas } }]);
});

test("lineage and clock error are read from each answer about members, and a change names its lineage and its time", async () => {
  const head = () => ({ lineage: "l1", now: new Date(Date.now() + 60_000).toISOString() });
  const row = { id: 1, ssn: "0101302989", created_at: "2026-03-01T12:00:00Z", revision: 5, record: null, life: "missing" };
  await using standIn = await startStandIn(({ path }, response) => {
    if (path.includes("/changes/")) json(response, { changes: [row], ...head() });
    else json(response, { results: [result("w1")], ...head() });
  });
  const django = client(standIn);
  const [change1] = (await django.pendingChanges(0, 100)).rows;
  const [result1] = await django.apply([{ ...change("w1"), lineage: "l0", emittedAt: 1_770_000_000_123 }]);
  for (const each of [change1, result1]) {
    expect(each?.lineage).toBe("l1");
    expect(each?.clockErrorMs).toBeGreaterThanOrEqual(59_990);
    expect(each?.clockErrorMs).toBeLessThan(75_000);
  }
  expect(standIn.requests.at(-1)?.body).toMatchObject({ changes: [{ write_id: "w1", lineage: "l0", emitted_at_ms: 1_770_000_000_123 }] });
});

test("an app of the version before says neither, and nothing is claimed", async () => {
  await using standIn = await startStandIn((_request, response) => json(response, { results: [result("w1")] }));
  const [answer] = await client(standIn).apply([change("w1")]);
  expect(answer).not.toHaveProperty("lineage");
  expect(answer).not.toHaveProperty("clockErrorMs");
});

test("marking and status answer with their figures", async () => {
  await using standIn = await startStandIn((request, response) => {
    if (request.path.endsWith("/mark-synced/")) json(response, { success: true, marked_synced: 2 });
    else json(response, { pending: 3, synced: 4, failed: 0, oldest_pending: "2026-03-01T12:00:00Z", members: 9 });
  });
  expect(await client(standIn).markSynced([1, 2])).toBe(2);
  expect(await client(standIn).status()).toEqual({ pending: 3, oldestPendingAt: Date.parse("2026-03-01T12:00:00Z") });
});

const badAnswers: readonly (readonly [name: string, script: Script, code: SyncError["code"], details: object])[] = [
  ["an HTML page with 200", (_q, r) => html(r, 200), "django_bad_answer", { reason: "not JSON" }],
  ["an HTML page with 404 (a wrong URL)", (_q, r) => html(r, 404), "django_bad_answer", { reason: "not JSON", status: 404 }],
  [
    "truncated JSON",
    (_q, r) => void r.writeHead(200, { "content-type": "application/json" }).end('{"results":[{"wri'),
    "django_bad_answer",
    { reason: "broken JSON" },
  ],
  ["JSON of another shape", (_q, r) => json(r, { changes: [] }), "django_bad_answer", { reason: "results: invalid_type" }],
  ["an empty result list", (_q, r) => json(r, { results: [] }), "django_bad_answer", { reason: "no results" }],
  [
    "a redirect",
    (_q, r) => void r.writeHead(302, { location: "http://169.254.169.254/latest/" }).end(),
    "django_bad_answer",
    { reason: "redirect" },
  ],
  [
    "a permanent redirect of a POST",
    (_q, r) => void r.writeHead(308, { location: "https://elsewhere.example/" }).end(),
    "django_bad_answer",
    { reason: "redirect" },
  ],
  ["401", (_q, r) => json(r, { error: "bad token" }, 401), "django_unauthorised", { status: 401 }],
  ["403", (_q, r) => json(r, { error: "no" }, 403), "django_unauthorised", { status: 403 }],
  ["400", (_q, r) => json(r, { error: "changes must be a list" }, 400), "django_refused", { status: 400 }],
  ["404 in JSON", (_q, r) => json(r, { error: "Member not found" }, 404), "django_refused", { status: 404 }],
  ["413 of a proxy", (_q, r) => html(r, 413), "django_refused", { status: 413 }],
  ["422", (_q, r) => json(r, { error: "no" }, 422), "django_refused", { status: 422 }],
  [
    "429",
    (_q, r) => json(r, { error: "slow down" }, 429, { "retry-after": "5" }),
    "django_unavailable",
    { status: 429, retryAfterMs: 5000 },
  ],
  ["500", (_q, r) => html(r, 500), "django_unavailable", { status: 500 }],
  ["503", (_q, r) => json(r, { error: "busy" }, 503, { "retry-after": "1" }), "django_unavailable", { status: 503, retryAfterMs: 1000 }],
  ["a connection that is dropped each time", (_q, r) => void r.destroy(), "django_unavailable", {}],
  [
    "an answer cut off in its middle",
    (_q, r) =>
      void r.writeHead(200, { "content-type": "application/json", "content-length": "5000" }).write('{"results":[', () => r.destroy()),
    "django_unavailable",
    {},
  ],
];

test.each(badAnswers)("%s", async (_name, script, code, details) => {
  await using standIn = await startStandIn(script);
  const error = await failureOf(client(standIn).apply([change("w1")]));
  expect(error.code).toBe(code);
  expect(error.details).toMatchObject(details);
  expect(JSON.stringify([error.message, error.details])).not.toContain("0101302989");
});

test("nobody there is `unavailable`", async () => {
  const standIn = await startStandIn(() => undefined);
  await standIn[Symbol.asyncDispose]();
  expect(await failureOf(client(standIn).status())).toMatchObject({ code: "django_unavailable", details: { reason: "ECONNREFUSED" } });
});

test("an answer without end is given up on at the limit, and its connection is closed", async () => {
  let sent = 0;
  let isClosed = false;
  await using standIn = await startStandIn((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.on("close", () => (isClosed = true));
    const chunk = "x".repeat(64 * 1024);
    const pour = () => {
      while (!response.destroyed && sent < 50_000_000) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", pour);
      }
    };
    pour();
  });
  const error = await failureOf(client(standIn).status());
  expect(error).toMatchObject({ code: "django_bad_answer", details: { reason: "too large" } });
  await expect.poll(() => isClosed).toBe(true);
  expect(sent).toBeLessThan(20_000_000);
});

test("an answer that does not come, or comes drop by drop, ends at the deadline", async () => {
  await using standIn = await startStandIn((request, response) => {
    if (request.path.endsWith("/status/")) response.writeHead(200, { "content-type": "application/json" }).write("{");
  });
  const django = client(standIn, { timeoutMs: 150 });
  expect(await failureOf(django.status())).toMatchObject({ code: "django_unavailable", details: { reason: "time-out" } });
  expect(await failureOf(django.markSynced([1]))).toMatchObject({ code: "django_unavailable", details: { reason: "time-out" } });
});

test("a reply lost after Django applied is asked for again at once, with the same write id", async () => {
  let isFirst = true;
  await using standIn = await startStandIn((_request, response) => {
    if (isFirst) response.destroy();
    else json(response, { results: [result("w1")] });
    isFirst = false;
  });
  expect(await client(standIn).apply([change("w1")])).toMatchObject([{ writeId: "w1", status: "success" }]);
  expect(standIn.requests.map(({ body }) => body)).toEqual([standIn.requests[0]?.body, standIn.requests[0]?.body]);
});
