import { describe, expect, it } from "vitest";
import { sampleRun } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";
import type { UseCases } from "../use-cases.ts";

const report = { members: 2, looks: { django: 2, firestore: 2 }, unreadable: 0, next: null };

describe("POST backfill", () => {
  it("answers with the figures, and looks at what it is told to", async () => {
    const asked: unknown[] = [];
    const backfill: UseCases["backfill"] = async (request) => (asked.push(request), { kind: "done", report });
    await using app = await serverWith({ backfill });
    expect(await call(app, "POST /backfill")).toEqual({ status: 200, body: report });
    await call(app, "POST /backfill?side=django&after=abcdefghijklmnopqrst&ratePerSecond=50");
    expect(asked).toEqual([{ membersPerSecond: 500 }, { side: "django", after: "abcdefghijklmnopqrst", membersPerSecond: 50 }]);
  });

  it("says 409 while another runs, and 502 with the run of one that failed", async () => {
    await using busy = await serverWith({ backfill: async () => ({ kind: "busy" }) });
    expect(await call(busy, "POST /backfill")).toMatchObject({ status: 409, body: { error: { code: "run_in_progress" } } });
    const run = sampleRun("r1", { type: "backfill", status: "failed", error: "bus_unavailable: …" });
    await using failed = await serverWith({ backfill: async () => ({ kind: "failed", run }) });
    expect(await call(failed, "POST /backfill")).toMatchObject({
      status: 502,
      body: { error: { code: "backfill_failed", message: "bus_unavailable: …", details: { run: { id: "r1", type: "backfill" } } } },
    });
  });

  it.each(["side=both", "after=0101302989", "ratePerSecond=0", "ratePerSecond=many"])("refuses %s", async (query) => {
    await using app = await serverWith({});
    expect(await call(app, `POST /backfill?${query}`)).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } });
  });
});
