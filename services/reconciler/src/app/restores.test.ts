import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { describe, expect, test } from "vitest";
import { held, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { memoryStores } from "../adapters/memory/memory-stores.ts";
import { createTelemetry } from "../telemetry.ts";
import { createPolicySource } from "./control.ts";
import type { Control } from "./ports.ts";
import { createSweeps } from "./sweep.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const { memberRef } = held("django", 1, JON);
const REASON = "the database was restored from last night's dump";

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

const inDjango = (lineage: string, revision: number, record: Observation["record"], more: Partial<Observation> = {}) =>
  held("django", revision, record, { lineage, ...more });
const hubIn = async ({ hubs }: UnderTest, ref = memberRef) => (await hubs.load([ref])).get(ref)?.hub;
const errorsOf = (reconciler: UnderTest) => reconciler.logged().filter(({ level }) => level === "error");

const withDjangoRestored = (control: Control, confirmedAt: number): Control => ({
  ...control,
  suspicions: [],
  restores: [{ side: "django", lineage: "second", ended: ["first"], confirmedAt, reason: REASON, actor: null }],
});

/** Both sides hold the member; Django tells the lineage `first`. */
async function inSync(reconciler: UnderTest, kennitala?: string): Promise<void> {
  const more = kennitala === undefined ? {} : { kennitala };
  const observation = inDjango("first", 9, JON, more);
  await reconciler.take(observation);
  const own = () => reconciler.commands("firestore").filter((command) => command.memberRef === observation.memberRef);
  for (let revision = 10; own().length > revision - 10; revision += 1) {
    const command = own().at(-1);
    if (command !== undefined) await reconciler.take(landed(command, revision, JON));
  }
}

/** Django was restored to an older state: staff's next edit has a lower revision, and another lineage. */
async function restored(options: Parameters<typeof reconcilerUnderTest>[0] = {}) {
  const reconciler = reconcilerUnderTest(options);
  await inSync(reconciler);
  await reconciler.take(inDjango("second", 4, { ...JON, name: "Jón of staff", email: "old@a.is" }));
  return reconciler;
}

describe("a side that seems to have been restored from a backup", () => {
  test("is reported with what to do, counted, and shown by the status", async () => {
    const reconciler = await restored();
    expect(errorsOf(reconciler)).toMatchObject([
      { side: "django", lineage: ["second"], known: "first", msg: expect.stringContaining("POST /api/control/restores") },
    ]);
    expect(await reconciler.metrics()).toContain('membersync_restores_suspected_total{side="django",service="reconciler"} 1');
    const { suspicions } = await reconciler.useCases.status();
    expect(suspicions).toEqual([{ side: "django", from: "first", to: ["second"], since: reconciler.clock.now, members: 1 }]);
  });

  test("is sent nothing, whichever member; the other side still is", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler, "0202302989");
    await inSync(reconciler);
    await reconciler.take(inDjango("second", 4, JON));
    const before = reconciler.commands("django").length;
    const kennitala = "0202302989";
    await reconciler.take(held("firestore", 40, { ...JON, email: "of the member@a.is" }, { kennitala }));
    expect(reconciler.commands("django")).toHaveLength(before);
    await reconciler.take(inDjango("first", 10, { ...JON, phone: "5550000", email: "jon@a.is" }, { kennitala: "0303302989" }));
    expect(reconciler.commands("firestore").at(-1)).toMatchObject({ groups: { phone: "5550000" } });
  });

  test("is reported once, however many members and messages show it", async () => {
    const reconciler = reconcilerUnderTest();
    const people = ["0101302989", "0202302989", "0303302989"];
    for (const kennitala of people) await inSync(reconciler, kennitala);
    for (const kennitala of [...people, ...people]) await reconciler.take(inDjango("second", 4, { ...JON, name: "X" }, { kennitala }));
    expect(errorsOf(reconciler)).toHaveLength(1);
    expect((await reconciler.useCases.status()).suspicions).toMatchObject([{ members: 3 }]);
  });

  test("is recorded although the note of it failed at first: the message is redelivered", async () => {
    const stores = memoryStores();
    let isAway = false;
    const control: typeof stores.control = {
      read: () => stores.control.read(),
      update: (change) => (isAway ? Promise.reject(new Error("away")) : stores.control.update(change)),
    };
    const reconciler = reconcilerUnderTest({ stores: { ...stores, control } });
    await inSync(reconciler);
    isAway = true;
    const observation = inDjango("second", 4, JON);
    await expect(reconciler.take(observation)).rejects.toThrow("away");
    isAway = false;
    expect(await reconciler.take(observation)).toBe("ack");
    expect((await stores.control.read()).suspicions).toMatchObject([{ side: "django", to: ["second"] }]);
  });
});

describe("a restore that an operator confirms", () => {
  test("lets the members that waited be planned: what differs goes by policy, and nothing is lost", async () => {
    const reconciler = await restored();
    const outcome = await reconciler.useCases.confirmRestore({ side: "django", reason: REASON }, "op");
    expect(outcome).toMatchObject({ kind: "confirmed", wasSuspected: true, restore: { lineage: "second", ended: ["first"] } });
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    const hub = await hubIn(reconciler);
    expect(hub?.sides.django).toMatchObject({ lineage: "second", revision: "4", restoredAt: reconciler.clock.now });
    const { items } = await reconciler.useCases.timeline(memberRef, null, 50);
    expect(items.flatMap(({ entries }) => entries.map(({ rule }) => rule))).toEqual(
      expect.arrayContaining(["side-restored", "restore-confirmed"]),
    );
    const open = (await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items.map(({ group }) => group);
    expect(open.toSorted()).toEqual(["email", "name"]);
    expect(await reconciler.useCases.status()).toMatchObject({ suspicions: [], restores: [{ side: "django", lineage: "second" }] });
  });

  test("opens the direction again", async () => {
    const reconciler = await restored();
    await reconciler.useCases.confirmRestore({ side: "django", reason: REASON }, "op");
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    await reconciler.take(held("firestore", 40, { ...JON, phone: "5559999" }));
    expect(reconciler.commands("django").at(-1)).toMatchObject({ groups: { phone: "5559999" }, expectRevision: "4", lineage: "second" });
  });

  test("makes late what still arrives of the lineage that ended", async () => {
    const reconciler = await restored();
    await reconciler.useCases.confirmRestore({ side: "django", reason: REASON }, "op");
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    await reconciler.take(inDjango("first", 12, { ...JON, phone: "of another time" }));
    expect((await hubIn(reconciler))?.groups["phone"]?.value).toBe("5551234");
    expect((await reconciler.useCases.status()).suspicions).toEqual([]);
  });

  test("holds for a second instance, which plans what the first one left when it died", async () => {
    const stores = memoryStores();
    const clock = { now: Date.UTC(2026, 5, 1, 12) };
    const first = await restored({ stores, clock });
    const second = reconcilerUnderTest({ stores, clock });
    await second.useCases.sweep();
    await stores.control.update((stored) => withDjangoRestored(stored, clock.now));
    clock.now += 16 * 60_000;
    await second.take(held("django", 1, JON, { kennitala: "0303302989" }));
    clock.now += 60_000;
    await second.useCases.sweep();
    expect((await hubIn(first))?.waiting).toEqual({});
  });

  test("after a sweep has read the rules is carried out by the next sweep", async () => {
    const reconciler = await restored();
    const { stores, clock } = reconciler;
    const manual = { kind: "manual" } as const;
    const base = {
      firestoreDelete: "review",
      maxBounces: 3,
      clockUncertaintyMs: 0,
      same: (_: string, a: unknown, b: unknown) => a === b,
    } as const;
    const source = createPolicySource({ ...base, groups: { name: manual, email: manual, phone: manual } }, stores.control, () => clock.now);
    let isConfirmed = false;
    const { sweep } = createSweeps({
      hubs: stores.hubs,
      publisher: { publish: async () => undefined },
      async policy() {
        const before = await source.current();
        if (!isConfirmed) await source.update((stored) => withDjangoRestored(stored, clock.now));
        isConfirmed = true;
        return before;
      },
      restoredAt: source.restoredAt,
      clock: () => clock.now,
      telemetry: createTelemetry(createLogger({ service: "test", level: "silent" }), createMetrics("test")),
      lastActivity: () => 0,
    });
    await sweep();
    await sweep();
    expect((await hubIn(reconciler))?.waiting).toEqual({});
  });

  test("while an instance that does not know of it yet suspends a member: that member is planned all the same", async () => {
    const stores = memoryStores();
    const clock = { now: Date.UTC(2026, 5, 1, 12) };
    const [one, other] = [reconcilerUnderTest({ stores, clock }), reconcilerUnderTest({ stores, clock })];
    await inSync(one);
    await other.useCases.confirmRestore({ side: "django", lineage: "second", reason: REASON }, "op");
    await one.take(inDjango("second", 4, { ...JON, name: "Jón of staff" }));
    expect((await hubIn(one))?.waiting).toEqual({});
    expect((await hubIn(one))?.sides.django?.lineage).toBe("second");
    expect((await stores.control.read()).suspicions).toEqual([]);
    expect(errorsOf(one)).toEqual([]);
  });

  test("without anything that points to it is allowed, and says so", async () => {
    const reconciler = reconcilerUnderTest();
    const outcome = await reconciler.useCases.confirmRestore({ side: "firestore", reason: REASON }, null);
    expect(outcome).toMatchObject({ kind: "confirmed", wasSuspected: false, restore: { side: "firestore", lineage: null, ended: [] } });
  });

  test("without a lineage confirms what is heard within a day, and not the next restore", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    await inSync(reconciler, "0202302989");
    await reconciler.useCases.confirmRestore({ side: "django", reason: REASON }, null);
    reconciler.clock.now += 23 * 60 * 60_000;
    await reconciler.take(inDjango("second", 4, JON));
    expect((await reconciler.useCases.status()).suspicions).toEqual([]);
    reconciler.clock.now += 2 * 60 * 60_000;
    await reconciler.take(inDjango("third", 4, JON, { kennitala: "0202302989" }));
    expect((await reconciler.useCases.status()).suspicions).toMatchObject([{ side: "django", to: ["third"] }]);
  });

  test("needs the lineage where several were heard, and one of those", async () => {
    const reconciler = await restored();
    await reconciler.take(inDjango("third", 2, JON));
    const { confirmRestore } = reconciler.useCases;
    expect(await confirmRestore({ side: "django", reason: REASON }, null)).toEqual({ kind: "ambiguous", lineages: ["second", "third"] });
    expect(await confirmRestore({ side: "django", lineage: "a typo", reason: REASON }, null)).toMatchObject({ kind: "ambiguous" });
    expect((await reconciler.useCases.status()).suspicions).toHaveLength(1);
    expect(await confirmRestore({ side: "django", lineage: "third", reason: REASON }, null)).toMatchObject({
      kind: "confirmed",
      restore: { lineage: "third", ended: ["first", "second"] },
    });
  });

  // Seeds 3462 and 4423 of the simulation: a message from before the restore was heard last, and no answer was accepted.
  test("names the lineage that was known before, where the one heard since is of a late message", async () => {
    const reconciler = await restored();
    const { confirmRestore, status } = reconciler.useCases;
    expect(await confirmRestore({ side: "django", lineage: "first", reason: REASON }, null)).toMatchObject({
      kind: "confirmed",
      restore: { lineage: "first", ended: ["second"] },
    });
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    expect((await hubIn(reconciler))?.sides.django).toMatchObject({ lineage: "first", revision: "9" });
    expect((await status()).suspicions).toEqual([]);
  });

  test("may be confirmed once more, when a lineage that nobody knew of is heard late", async () => {
    const reconciler = await restored();
    const { confirmRestore, status } = reconciler.useCases;
    await confirmRestore({ side: "django", lineage: "second", reason: REASON }, null);
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    await reconciler.take(inDjango("between", 12, { ...JON, phone: "of another time" }));
    expect((await status()).suspicions).toMatchObject([{ side: "django", to: ["between"] }]);
    reconciler.clock.now += 60_000;
    expect(await confirmRestore({ side: "django", lineage: "second", reason: REASON }, null)).toMatchObject({
      kind: "confirmed",
      restore: { lineage: "second", ended: ["first", "between"] },
    });
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    expect((await status()).suspicions).toEqual([]);
  });

  test("of a revision that went back, in the lineage that is known, does not end that lineage", async () => {
    const reconciler = reconcilerUnderTest();
    await inSync(reconciler);
    await reconciler.take(held("firestore", 40, { ...JON, phone: "5559999" }));
    const command = reconciler.commands("django").at(-1);
    if (command === undefined) throw new Error("a command was expected");
    await reconciler.take(inDjango("first", 3, JON, { answer: { writeId: command.writeId, status: "stale" } }));
    expect((await reconciler.useCases.status()).suspicions).toMatchObject([{ from: "first", to: ["first"] }]);
    const outcome = await reconciler.useCases.confirmRestore({ side: "django", reason: REASON }, null);
    expect(outcome).toMatchObject({ restore: { lineage: "first", ended: [] } });
    await expect.poll(async () => (await hubIn(reconciler))?.sides.django?.revision).toBe("3");
    const { items } = await reconciler.useCases.conflicts({ state: "open" }, null, 5);
    expect(items).toMatchObject([{ group: "phone", django: { value: "5551234" }, firestore: { value: "5559999" } }]);
  });

  test("twice is two restores: the second has a later time", async () => {
    const { useCases } = reconcilerUnderTest();
    const first = await useCases.confirmRestore({ side: "django", lineage: "a", reason: REASON }, null);
    const second = await useCases.confirmRestore({ side: "django", lineage: "b", reason: REASON }, null);
    if (first.kind !== "confirmed" || second.kind !== "confirmed") throw new Error("two confirmations were expected");
    expect(second.restore.confirmedAt).toBeGreaterThan(first.restore.confirmedAt);
    expect(second.restore).toMatchObject({ lineage: "b", ended: [] });
  });

  test("without a lineage, with nothing suspected, ends nothing: what the side goes on telling is taken", async () => {
    const reconciler = await restored();
    const { confirmRestore, status } = reconciler.useCases;
    await confirmRestore({ side: "django", lineage: "second", reason: REASON }, null);
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    expect(await confirmRestore({ side: "django", reason: REASON }, null)).toMatchObject({ restore: { lineage: null, ended: ["first"] } });
    await reconciler.take(inDjango("second", 5, { ...JON, phone: "5550000" }));
    expect((await hubIn(reconciler))?.sides.django).toMatchObject({ revision: "5" });
    expect((await status()).suspicions).toEqual([]);
  });

  test("under a mistyped lineage that nobody has heard ends nothing: what the side goes on telling is taken", async () => {
    const reconciler = await restored();
    const { confirmRestore, status } = reconciler.useCases;
    await confirmRestore({ side: "django", lineage: "second", reason: REASON }, null);
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    expect(await confirmRestore({ side: "django", lineage: "seccond", reason: REASON }, null)).toMatchObject({
      kind: "confirmed",
      wasSuspected: false,
      restore: { lineage: "seccond", ended: ["first"] },
    });
    await reconciler.take(inDjango("second", 5, { ...JON, phone: "5550000" }));
    expect((await hubIn(reconciler))?.groups["phone"]?.value).toBe("5550000");
    expect((await status()).suspicions).toEqual([]);
  });

  test("before its lineage was heard makes a late message of the one before suspect, until it is confirmed once more", async () => {
    const reconciler = await restored();
    const { confirmRestore, status } = reconciler.useCases;
    await confirmRestore({ side: "django", lineage: "second", reason: REASON }, null);
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
    await confirmRestore({ side: "django", lineage: "third", reason: REASON }, null);
    await reconciler.take(inDjango("third", 4, JON));
    expect((await hubIn(reconciler))?.sides.django).toMatchObject({ lineage: "third", revision: "4" });
    await reconciler.take(inDjango("second", 7, { ...JON, phone: "of another time" }));
    expect((await status()).suspicions).toMatchObject([{ side: "django", from: "third", to: ["second"] }]);
    expect(await confirmRestore({ side: "django", lineage: "third", reason: REASON }, null)).toMatchObject({
      restore: { lineage: "third", ended: ["first", "second"] },
    });
    await expect.poll(async () => (await hubIn(reconciler))?.waiting).toEqual({});
  });
});

test("a pause and a suspicion at once both hold", async () => {
  const reconciler = await restored();
  await reconciler.useCases.control({ paused: true, reason: "maintenance" });
  expect(await reconciler.useCases.status()).toMatchObject({ paused: true, suspicions: [{ side: "django" }] });
  await reconciler.useCases.control({ paused: false, direction: "to-firestore", reason: "maintenance" });
  expect(await reconciler.useCases.status()).toMatchObject({ direction: "to-firestore", suspicions: [{ side: "django" }] });
});
