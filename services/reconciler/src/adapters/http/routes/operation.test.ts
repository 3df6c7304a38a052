import { describe, expect, it } from "vitest";
import type { Control } from "../../../app/ports.ts";
import { sampleRun } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";
import type { UseCases } from "../use-cases.ts";

const control: Control = {
  paused: true,
  direction: "to-django",
  reason: "moving house",
  changedAt: Date.UTC(2026, 0, 1),
  suspicions: [],
  restores: [],
};
const wire = { paused: true, direction: "to-django", reason: "moving house", changedAt: "2026-01-01T00:00:00.000Z" };

it("tells how the sync stands", async () => {
  const status = { ...control, suspicions: [], mode: "realtime", openConflicts: 2, openDeadLetters: 0, lastRun: sampleRun("r1") } as const;
  await using app = await serverWith({ status: async () => status });
  expect(await call(app, "GET /api/status")).toMatchObject({
    status: 200,
    body: { ...wire, mode: "realtime", openConflicts: 2, openDeadLetters: 0, lastRun: { id: "r1" } },
  });
});

it("tells which side seems to have been restored, and which restore was confirmed last", async () => {
  const suspicion = { side: "django", from: "a", to: ["b"], since: Date.UTC(2026, 0, 2), members: 3 } as const;
  const restores = [
    { side: "firestore", lineage: null, ended: ["x"], confirmedAt: Date.UTC(2026, 0, 1), reason: "a test", actor: null },
  ] as const;
  const status = {
    ...control,
    suspicions: [suspicion],
    restores,
    mode: "realtime",
    openConflicts: 0,
    openDeadLetters: 0,
    lastRun: null,
  } as const;
  await using app = await serverWith({ status: async () => status });
  expect(await call(app, "GET /api/status")).toMatchObject({
    body: {
      suspicions: [{ ...suspicion, since: "2026-01-02T00:00:00.000Z" }],
      restores: [{ side: "firestore", ended: ["x"], confirmedAt: "2026-01-01T00:00:00.000Z" }],
    },
  });
});

describe("POST control/restores", () => {
  const restore = {
    side: "django",
    lineage: "b",
    ended: ["a"],
    confirmedAt: Date.UTC(2026, 0, 3),
    reason: "a dump",
    actor: "user:1",
  } as const;

  it("confirms a restore for the person who acts", async () => {
    const asked: unknown[] = [];
    const confirmRestore: UseCases["confirmRestore"] = async (...args) => {
      asked.push(args);
      return { kind: "confirmed", control: { ...control, restores: [restore] }, restore, wasSuspected: true };
    };
    await using app = await serverWith({ confirmRestore });
    const body = { side: "django", lineage: "b", reason: " a dump " };
    expect(await call(app, "POST /api/control/restores", body, { "x-actor": "user:1" })).toEqual({
      status: 200,
      body: { ...restore, confirmedAt: "2026-01-03T00:00:00.000Z", wasSuspected: true },
    });
    await call(app, "POST /api/control/restores", { side: "firestore", reason: "a dump" });
    expect(asked).toEqual([
      [{ side: "django", lineage: "b", reason: "a dump" }, "user:1"],
      [{ side: "firestore", reason: "a dump" }, null],
    ]);
  });

  it("says 422, with the lineages that were heard, where it is not clear which is meant", async () => {
    await using app = await serverWith({ confirmRestore: async () => ({ kind: "ambiguous", lineages: ["b", "c"] }) });
    expect(await call(app, "POST /api/control/restores", { side: "django", reason: "a dump" })).toMatchObject({
      status: 422,
      body: { error: { code: "lineage_ambiguous", details: { lineages: ["b", "c"] } } },
    });
  });

  it.each([
    {},
    { side: "django" },
    { side: "django", reason: " " },
    { side: "both", reason: "x" },
    { side: "django", reason: "x", force: true },
  ])("refuses %j", async (body) => {
    await using app = await serverWith({});
    expect(await call(app, "POST /api/control/restores", body)).toMatchObject({
      status: 400,
      body: { error: { code: "validation_failed" } },
    });
  });
});

it("changes what it is told to change and nothing else", async () => {
  const asked: unknown[] = [];
  const change: UseCases["control"] = async (...args) => (asked.push(args), control);
  await using app = await serverWith({ control: change });
  expect(await call(app, "POST /api/control", { paused: true, reason: "moving house" }, { "x-actor": "user:1" })).toEqual({
    status: 200,
    body: wire,
  });
  await call(app, "POST /api/control", { direction: "none" });
  expect(asked).toEqual([
    [{ paused: true, reason: "moving house" }, "user:1"],
    [{ direction: "none" }, null],
  ]);
});

it.each([{}, { reason: "why" }, { paused: "yes" }, { direction: "up" }, { paused: true, speed: 1 }])("refuses %j", async (body) => {
  await using app = await serverWith({});
  expect(await call(app, "POST /api/control", body)).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } });
});

it("says that the body as a whole is wrong, without an empty path", async () => {
  await using app = await serverWith({});
  const answer = await call(app, "POST /api/control", { pause: true });
  expect(JSON.stringify(answer.body)).toMatch(/ body: /);
  expect(JSON.stringify(answer.body)).not.toContain("body.:");
});
