import { describe, expect, it } from "vitest";
import { sampleRun } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";

const none = { success: 0, failed: 0 };
const done = sampleRun("r1", { status: "success", started_at: Date.UTC(2026, 0, 1), completed_at: Date.UTC(2026, 0, 2) });
const wire = {
  id: "r1",
  type: "flush",
  status: "success",
  stats: { firestore_to_django: none, django_to_firestore: none, conflicts: 0 },
  started_at: "2026-01-01T00:00:00.000Z",
  completed_at: "2026-01-02T00:00:00.000Z",
  error: null,
};

it("lists runs, one that still works among them", async () => {
  await using app = await serverWith({ runs: async () => ({ items: [sampleRun("r2"), done], next: null }) });
  expect(await call(app, "GET /api/runs")).toMatchObject({
    status: 200,
    body: { items: [{ id: "r2", status: "running", completed_at: null }, wire] },
  });
});

describe.each(["POST /flush", "POST /api/flush"])("%s", (route) => {
  it("answers with the figures", async () => {
    await using app = await serverWith({ flush: async () => ({ kind: "done", run: done }) });
    expect(await call(app, route)).toEqual({ status: 200, body: wire });
  });

  it("says so when another flush works", async () => {
    await using app = await serverWith({ flush: async () => ({ kind: "busy" }) });
    expect(await call(app, route)).toMatchObject({ status: 409, body: { error: { code: "run_in_progress" } } });
  });

  it("fails when the run failed, so that the scheduler tries again", async () => {
    const run = { ...done, status: "failed", error: "Django did not answer" } as const;
    await using app = await serverWith({ flush: async () => ({ kind: "failed", run }) });
    expect(await call(app, route)).toMatchObject({
      status: 502,
      body: { error: { code: "flush_failed", message: "Django did not answer", details: { run: { id: "r1", status: "failed" } } } },
    });
  });
});
