import { expect, it } from "vitest";
import type { DeadLetter } from "../../../app/ports.ts";
import { sampleNotice, sampleRun } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";
import type { UseCases } from "../use-cases.ts";

const letter: DeadLetter = {
  ...sampleNotice("l1", { data: '{"name":"þ"}' }),
  state: "open",
  firstSeenAt: Date.UTC(2026, 0, 1),
  lastSeenAt: Date.UTC(2026, 0, 2),
  seen: 2,
};
const closed: DeadLetter = { ...letter, state: "discarded", resolution: { at: Date.UTC(2026, 0, 3), actor: null, reason: "a test" } };

it("lists letters with their reason and size, and without the message, which holds a person's data", async () => {
  const asked: unknown[] = [];
  const deadLetters: UseCases["deadLetters"] = async (...args) => (asked.push(args), { items: [letter, closed], next: null });
  await using app = await serverWith({ deadLetters });
  const { body } = await call(app, "GET /api/dead-letters?state=all&cause=malformed");
  expect(body).toMatchObject({
    items: [
      {
        id: "l1",
        cause: "malformed",
        state: "open",
        seen: 2,
        bytes: 13,
        firstSeenAt: "2026-01-01T00:00:00.000Z",
        lastSeenAt: "2026-01-02T00:00:00.000Z",
      },
      { resolution: { at: "2026-01-03T00:00:00.000Z", reason: "a test" } },
    ],
  });
  expect(JSON.stringify(body)).not.toContain("þ");
  expect(asked).toEqual([[{ state: "all", cause: "malformed" }, null, 50]]);
});

it("replays one letter, and says what else may be", async () => {
  const replay: UseCases["replay"] = async (id) =>
    id === "l1"
      ? { kind: "done", letter: { ...letter, state: "replayed" } }
      : id === "l2"
        ? { kind: "closed", letter: closed }
        : { kind: "unknown" };
  await using app = await serverWith({ replay });
  expect(await call(app, "POST /api/dead-letters/l1/replay")).toMatchObject({ status: 200, body: { id: "l1", state: "replayed" } });
  expect(await call(app, "POST /api/dead-letters/l2/replay", {})).toMatchObject({ status: 409, body: { error: { code: "not_open" } } });
  expect(await call(app, "POST /api/dead-letters/l3/replay")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
});

it("discards a letter only with a reason", async () => {
  const asked: unknown[] = [];
  const discard: UseCases["discard"] = async (...args) => (asked.push(args), { kind: "done", letter: closed });
  await using app = await serverWith({ discard });
  expect((await call(app, "POST /api/dead-letters/l1/discard", { reason: " a test " }, { "x-actor": "user:1" })).status).toBe(200);
  expect(asked).toEqual([["l1", "a test", "user:1"]]);
  for (const body of [{}, { reason: "  " }, undefined])
    expect((await call(app, "POST /api/dead-letters/l1/discard", body)).status).toBe(400);
});

it("replays many at a rate, and one such run at a time", async () => {
  const asked: unknown[] = [];
  const run = sampleRun("r1", { type: "replay" });
  await using app = await serverWith({ replayMany: async (...args) => (asked.push(args), { kind: "started", run }) });
  expect(await call(app, "POST /api/dead-letters/replay", { filter: { cause: "refused" }, ratePerSecond: 5 })).toMatchObject({
    status: 202,
    body: { id: "r1", type: "replay", status: "running" },
  });
  await call(app, "POST /api/dead-letters/replay", { filter: {} });
  expect(asked).toEqual([
    [{ cause: "refused" }, 5, null],
    [{}, 10, null],
  ]);
  for (const body of [{}, { filter: { cause: "bad" } }, { filter: {}, ratePerSecond: 0 }])
    expect((await call(app, "POST /api/dead-letters/replay", body)).status).toBe(400);
  await using busy = await serverWith({ replayMany: async () => ({ kind: "busy" }) });
  expect(await call(busy, "POST /api/dead-letters/replay", { filter: {} })).toMatchObject({
    status: 409,
    body: { error: { code: "run_in_progress" } },
  });
});
