import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { describe, expect, test } from "vitest";
import { held, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { createTelemetry } from "../telemetry.ts";
import { lookAtAll, type LookPorts } from "./look.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const { memberRef } = held("django", 1, JON);

const never = () => Promise.reject(new Error("a look asks for pages of all hubs, and nothing else"));
const neverAsked = { load: never, commit: never, inFlightSince: never, waiting: never, due: never };

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

const hubIn = async ({ hubs }: UnderTest) => (await hubs.load([memberRef])).get(memberRef)?.hub;
const looksOf = (reconciler: UnderTest) =>
  [...reconciler.commands("django"), ...reconciler.commands("firestore")].filter(({ look }) => look === true);
const kennitalaOf = (index: number) => `0101${String(index).padStart(2, "0")}2989`;

/** Both sides hold the member, and nothing is in flight. */
async function inSync(reconciler: UnderTest): Promise<void> {
  await reconciler.take(held("django", 1, JON));
  for (let revision = 10; reconciler.commands("firestore").length > revision - 10; revision += 1) {
    const command = reconciler.commands("firestore").at(-1);
    if (command !== undefined) await reconciler.take(landed(command, revision, JON));
  }
}

/** What a side answers to a look: what it holds now, and that nothing was written. */
function answerTo({ side, writeId }: ApplyCommand, revision: number, record: Observation["record"], more: Partial<Observation> = {}) {
  return held(side, revision, record, { answer: { writeId, status: "stale" }, ...more });
}

async function lookAt(reconciler: UnderTest, side: "django" | "firestore"): Promise<ApplyCommand> {
  await reconciler.useCases.syncMember(memberRef);
  const look = looksOf(reconciler).find((command) => command.side === side);
  if (look === undefined) throw new Error("a look was expected");
  return look;
}

describe("a look at all members", () => {
  test("asks both sides about each, in few messages, and changes no hub", async () => {
    const reconciler = reconcilerUnderTest();
    const people = Array.from({ length: 99 }, (_, index) => held("django", 1, JON, { kennitala: kennitalaOf(index) }));
    await reconciler.take(...people);
    const before = await reconciler.hubs.all(null, 500);
    const sentBefore = reconciler.sent.length;
    const outcome = await reconciler.useCases.backfill({ membersPerSecond: 10_000 });
    expect(outcome).toEqual({ kind: "done", report: { members: 99, looks: { django: 99, firestore: 99 }, unreadable: 0, next: null } });
    expect(reconciler.sent.length - sentBefore).toBe(2);
    expect(await reconciler.hubs.all(null, 500)).toEqual(before);
    const looks = looksOf(reconciler);
    expect(new Set(looks.map(({ writeId }) => writeId)).size).toBe(198);
    expect(looks.every(({ groups, life }) => Object.keys(groups).length === 0 && life === undefined)).toBe(true);
    expect(await reconciler.metrics()).toContain('membersync_looks_total{side="django",service="reconciler"} 99');
  });

  test("asks one side only, where that is named", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const outcome = await reconciler.useCases.backfill({ side: "firestore", membersPerSecond: 10_000 });
    expect(outcome).toMatchObject({ report: { looks: { django: 0, firestore: 1 } } });
    expect(looksOf(reconciler)).toMatchObject([{ side: "firestore", memberRef }]);
  });

  test("goes no faster than its rate, and stops in time to be continued where it was", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(...Array.from({ length: 99 }, (_, index) => held("django", 1, JON, { kennitala: kennitalaOf(index) })));
    const paged = (after: string | null): string | null => (after === null ? "1" : after === "1" ? "2" : null);
    const clock = { now: 0 };
    const { hubs } = await reconciler.hubs.all(null, 250);
    const ports: LookPorts = {
      hubs: { ...neverAsked, all: async (after) => ({ hubs, unreadable: [], next: paged(after) }) },
      publisher: { publish: async () => undefined },
      runs: reconciler.stores.runs,
      newId: () => `id-${clock.now}`,
      clock: () => clock.now,
      timer: { now: () => clock.now, wait: async (ms) => void (clock.now += ms) },
      telemetry: createTelemetry(createLogger({ service: "test", level: "silent" }), createMetrics("test")),
    };
    expect(await lookAtAll(ports, { membersPerSecond: 10 })).toMatchObject({ kind: "done", report: { members: 297, next: null } });
    expect(clock.now).toBe(19_800);
    expect(await lookAtAll(ports, { membersPerSecond: 0.8 })).toMatchObject({ report: { members: 198, next: "2" } });
    expect(await lookAtAll(ports, { membersPerSecond: 10, after: "2" })).toMatchObject({ report: { members: 99, next: null } });
  });

  test("is a run; a second one at the same time is told so", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const outcomes = await Promise.all([reconciler.useCases.backfill({}), reconciler.useCases.backfill({})]);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(["busy", "done"]);
    expect((await reconciler.useCases.runs(null, 5)).items).toMatchObject([
      { type: "backfill", status: "success", stats: { firestore_to_django: { success: 1 }, django_to_firestore: { success: 1 } } },
    ]);
  });

  test("fails where the bus does not take it, and says so in its run", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    reconciler.trouble.bus = true;
    expect(await reconciler.useCases.backfill({})).toMatchObject({
      kind: "failed",
      run: { error: expect.stringContaining("bus_unavailable") },
    });
    reconciler.trouble.bus = false;
    expect(await reconciler.useCases.backfill({})).toMatchObject({ kind: "done" });
  });
});

describe("what a look finds", () => {
  test("a document that was removed, though its event was lost", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const look = await lookAt(reconciler, "firestore");
    await reconciler.take(answerTo(look, 50, {}, { life: "missing", djangoId: null }));
    expect((await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items).toMatchObject([
      { group: "life", cause: "delete-review" },
    ]);
  });

  test("an edit whose event was lost", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const look = await lookAt(reconciler, "firestore");
    await reconciler.take(answerTo(look, 50, { ...JON, email: "new@a.is" }));
    expect(reconciler.commands("django").at(-1)).toMatchObject({ groups: { email: "new@a.is" } });
  });

  test("that the side went back in time, though nobody announced it: nothing is sent there", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    await reconciler.take(held("django", 9, JON));
    await reconciler.take(answerTo(await lookAt(reconciler, "django"), 4, { ...JON, phone: "old" }));
    expect((await reconciler.useCases.status()).suspicions).toMatchObject([{ side: "django", members: 1 }]);
    await reconciler.take(held("firestore", 50, { ...JON, email: "own@a.is" }));
    expect(reconciler.commands("django").filter(({ look }) => look !== true)).toEqual([]);
  });

  test("nothing: then the hub stays as it is", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const before = await hubIn(reconciler);
    const look = await lookAt(reconciler, "firestore");
    await reconciler.take(answerTo(look, Number(before?.sides.firestore?.revision), JON));
    expect(await hubIn(reconciler)).toEqual(before);
  });

  test("while a command is in flight, leaves that command in flight", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    await reconciler.take(held("django", 2, { ...JON, email: "staff@a.is" }));
    const writeId = (await hubIn(reconciler))?.out.firestore?.writeId;
    const revision = Number((await hubIn(reconciler))?.sides.firestore?.revision);
    await reconciler.take(answerTo(await lookAt(reconciler, "firestore"), revision, JON));
    expect((await hubIn(reconciler))?.out.firestore?.writeId).toBe(writeId);
  });

  test("in scheduled mode, waits for the flush like any edit", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    const scheduled = reconcilerUnderTest({ stores: reconciler.stores, mode: "scheduled", clock: reconciler.clock });
    const look = await lookAt(scheduled, "firestore");
    await scheduled.take(answerTo(look, 50, { ...JON, email: "new@a.is" }));
    expect(scheduled.commands("django").filter((command) => command.look !== true)).toEqual([]);
    expect((await hubIn(scheduled))?.waiting.firestore?.observation.record).toMatchObject({ email: "new@a.is" });
  });
});

test("a member never heard of cannot be looked at", async () => {
  expect(await reconcilerUnderTest().useCases.syncMember(memberRef)).toBeUndefined();
});
