import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { describe, expect, test } from "vitest";
import { held, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const JON = { name: "Jón", email: "jon@a.is" };

describe("scheduled mode", () => {
  test("sends nothing until the flush, then all of it, and the run counts it", async () => {
    const reconciler = reconcilerUnderTest({ mode: "scheduled", realTime: true });
    await reconciler.take(held("django", 1, JON));
    expect(reconciler.sent).toEqual([]);
    const flushing = reconciler.useCases.flush();
    const command = await appears(() => reconciler.commands("firestore")[0]);
    await reconciler.take(landed(command, 10, JON));
    expect(await flushing).toMatchObject({
      kind: "done",
      run: { status: "success", stats: { django_to_firestore: { success: 1, failed: 0 } } },
    });
  });

  test("keeps the time at which a waiting value was first seen", async () => {
    const reconciler = reconcilerUnderTest({ mode: "scheduled", realTime: true });
    const early = Date.UTC(2026, 5, 1, 8);
    await reconciler.take(held("django", 1, JON, { changedAt: early }));
    await reconciler.take(held("django", 2, { ...JON, name: "Jón Jónsson" }, { changedAt: early + 1_000 }));
    const { memberRef } = held("django", 1, JON);
    const waiting = (await reconciler.hubs.load([memberRef])).get(memberRef)?.hub.waiting.django;
    expect(waiting?.firstSeenAt).toMatchObject({ email: early, name: early + 1_000 });
  });
});

describe("a flush", () => {
  test("that cannot reach Django fails, and the run says so", async () => {
    const reconciler = reconcilerUnderTest({ realTime: true });
    reconciler.trouble.drain = new SyncError("django_unavailable");
    const outcome = await reconciler.useCases.flush();
    expect(outcome).toMatchObject({ kind: "failed", run: { status: "failed" } });
    expect(outcome.kind === "failed" && outcome.run.error).toMatch(/^django_unavailable/);
    expect((await reconciler.useCases.runs(null, 5)).items).toMatchObject([{ status: "failed", type: "flush" }]);
  });

  test("whose commands get no answer in time fails, and counts them as failed", async () => {
    const reconciler = reconcilerUnderTest({ mode: "scheduled", realTime: true });
    await reconciler.take(held("django", 1, JON));
    const flushing = reconciler.useCases.flush();
    await appears(() => reconciler.commands("firestore")[0]);
    expect(await flushing).toMatchObject({ kind: "failed", run: { stats: { django_to_firestore: { success: 0, failed: 1 } } } });
  });

  test("while another works says that it is busy", async () => {
    const reconciler = reconcilerUnderTest({ realTime: true });
    const first = reconciler.useCases.flush();
    expect(await reconciler.useCases.flush()).toEqual({ kind: "busy" });
    expect(await first).toMatchObject({ kind: "done" });
  });
});

async function appears<T>(look: () => T | undefined): Promise<T> {
  return expect
    .poll(look, { timeout: 5_000, interval: 5 })
    .toBeDefined()
    .then(() => {
      const found = look();
      if (found === undefined) throw new Error("it was there a moment ago");
      return found;
    });
}
