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

  test("counts what it refused itself, with the conflict it became; an older refusal is not counted again", async () => {
    const reconciler = reconcilerUnderTest({ mode: "scheduled", realTime: true });
    await reconciler.take(held("django", 1, JON));
    const creating = reconciler.useCases.flush();
    await reconciler.take(landed(await appears(() => reconciler.commands("firestore")[0]), 10, JON));
    expect(await creating).toMatchObject({ kind: "done" });

    await reconciler.take(held("firestore", 11, { ...JON, email: "nope" }));
    const refusing = reconciler.useCases.flush();
    const refused = await appears(() => reconciler.commands("django")[0]);
    const answer = {
      writeId: refused.writeId,
      status: "rejected",
      rejected: { email: { code: "invalid", message: "no e-mail" } },
    } as const;
    await reconciler.take(held("django", 1, JON, { answer }));
    expect(await refusing).toMatchObject({ run: { stats: { firestore_to_django: { success: 0, failed: 1 }, conflicts: 1 } } });

    await reconciler.take(held("firestore", 12, { ...JON, email: "nope", phone: "5551234" }));
    const sending = reconciler.useCases.flush();
    const sent = await appears(() => reconciler.commands("django")[1]);
    await reconciler.take(landed(sent, 2, { ...JON, phone: "5551234" }));
    expect(await sending).toMatchObject({ run: { stats: { firestore_to_django: { success: 1, failed: 0 }, conflicts: 0 } } });
  });

  test("that cannot store a member's plan fails, and the member waits on", async () => {
    const reconciler = reconcilerUnderTest({ mode: "scheduled", realTime: true });
    await reconciler.take(held("django", 1, JON));
    reconciler.hubs.commit = (entries) => Promise.resolve(entries.map(() => ({ kind: "outdated" })));
    const outcome = await reconciler.useCases.flush();
    expect(outcome).toMatchObject({ kind: "failed", run: { error: "1 members could not be planned; they wait for the next flush" } });
  });

  test("that was told by a peer why it cannot work says so", async () => {
    const reconciler = reconcilerUnderTest({ realTime: true });
    reconciler.trouble.drain = new SyncError("django_unavailable", { peer: "django-adapter", reason: "time-out" });
    const outcome = await reconciler.useCases.flush();
    expect(outcome.kind === "failed" && outcome.run.error).toMatch(/^django_unavailable: .* \(peer=django-adapter, reason=time-out\)$/);
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
