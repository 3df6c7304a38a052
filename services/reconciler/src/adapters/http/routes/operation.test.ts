import { expect, it } from "vitest";
import type { Control } from "../../../app/ports.ts";
import { sampleRun } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";
import type { UseCases } from "../use-cases.ts";

const control: Control = { paused: true, direction: "to-django", reason: "moving house", changedAt: Date.UTC(2026, 0, 1) };
const wire = { paused: true, direction: "to-django", reason: "moving house", changedAt: "2026-01-01T00:00:00.000Z" };

it("tells how the sync stands", async () => {
  const status = { ...control, mode: "realtime", openConflicts: 2, openDeadLetters: 0, lastRun: sampleRun("r1") } as const;
  await using app = await serverWith({ status: async () => status });
  expect(await call(app, "GET /api/status")).toMatchObject({
    status: 200,
    body: { ...wire, mode: "realtime", openConflicts: 2, openDeadLetters: 0, lastRun: { id: "r1" } },
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
