import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { describe, expect, test } from "vitest";
import { billedReads } from "../../test/billed-reads.ts";
import { held, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";
import { memoryStores } from "../adapters/memory/memory-stores.ts";
import type { Stores } from "./ports.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const MINUTE_MS = 60_000;

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

/** Several instances on the same stores, by one clock. */
function installation() {
  const billed = billedReads(memoryStores());
  const clock = { now: Date.UTC(2026, 5, 1, 12) };
  const start = (stores: Stores = billed.stores) => reconcilerUnderTest({ stores, clock });
  return { ...billed, clock, start };
}

/** Sweeps as the schedule does, once a minute, and tells in which minutes something was sent. */
async function sweepFor(minutes: number, { clock, useCases }: UnderTest): Promise<readonly number[]> {
  const sent: number[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    clock.now += MINUTE_MS;
    const { resent, released } = await useCases.sweep();
    if (resent + released > 0) sent.push(minute);
  }
  return sent;
}

/** Flushes while the clock goes on. */
async function flush({ clock, useCases }: UnderTest): Promise<void> {
  const ticking = setInterval(() => (clock.now += 100), 5);
  await useCases.flush();
  clearInterval(ticking);
}

/** Both sides hold the member, and nothing is on its way. */
async function settled(reconciler: UnderTest, record = JON): Promise<void> {
  await reconciler.take(held("django", 1, record));
  const command = reconciler.commands("firestore").at(-1);
  if (command === undefined) throw new Error("a command was expected");
  await reconciler.take(landed(command, 10, record));
  const link = reconciler.commands("firestore").at(-1);
  if (link !== undefined && link.writeId !== command.writeId) await reconciler.take(landed(link, 11, record));
}

describe("an idle hour costs at most 10 reads", () => {
  test("in an installation that never had an edit", async () => {
    const { start, take } = installation();
    expect(await sweepFor(60, start())).toEqual([]);
    expect(take()).toBeLessThanOrEqual(10);
  });

  test("after edits that have been answered", async () => {
    const { start, take } = installation();
    const reconciler = start();
    await settled(reconciler);
    take();
    expect(await sweepFor(60, reconciler)).toEqual([]);
    expect(take()).toBeLessThanOrEqual(10);
  });

  test("while the sync is paused and nothing waits for it", async () => {
    const { start, take } = installation();
    const reconciler = start();
    await settled(reconciler);
    await reconciler.useCases.control({ paused: true });
    take();
    expect(await sweepFor(60, reconciler)).toEqual([]);
    expect(take()).toBeLessThanOrEqual(10);
  });

  test("also where a host sweeps every five seconds", async () => {
    const { start, take, clock } = installation();
    const reconciler = start();
    for (let at = 0; at < 720; at += 1) {
      clock.now += 5_000;
      await reconciler.useCases.sweep();
    }
    expect(take()).toBeLessThanOrEqual(10);
  });
});

describe("what is lost after hours of quiet is sent again as soon as ever", () => {
  test("a command that is lost on its way", async () => {
    const reconciler = installation().start();
    await sweepFor(8, reconciler);
    await reconciler.take(held("django", 1, JON));
    expect(await sweepFor(5, reconciler)).toEqual([1, 2, 4]);
  });

  test("the command of a decision, which came by no message", async () => {
    const reconciler = installation().start();
    await settled(reconciler);
    await reconciler.take(held("django", 2, { ...JON, name: "Jón Á" }));
    await reconciler.take(held("firestore", 12, { ...JON, name: "Jón Í" }));
    const [conflict] = (await reconciler.useCases.conflicts({ state: "open" }, null, 1)).items;
    if (conflict === undefined) throw new Error("a conflict was expected");
    await sweepFor(20, reconciler);
    reconciler.trouble.bus = true;
    const decision = { choice: "django" as const, expected: conflict.expected };
    await reconciler.useCases.decide(conflict.id, decision, "anna").catch(() => undefined);
    reconciler.trouble.bus = false;
    expect(await sweepFor(1, reconciler)).toEqual([1]);
  });

  test("what a flush stored and could not send", async () => {
    const { start, stores, clock } = installation();
    const reconciler = reconcilerUnderTest({ stores, clock, mode: "scheduled" });
    await sweepFor(8, reconciler);
    await start().take(held("django", 1, JON));
    reconciler.trouble.bus = true;
    await flush(reconciler);
    reconciler.trouble.bus = false;
    expect(await sweepFor(1, reconciler)).toEqual([1]);
  });

  test("what an instance stored before it was killed, by whichever instance its message comes to again", async () => {
    const { start } = installation();
    const [killed, other] = [start(), start()];
    await sweepFor(8, other);
    killed.trouble.bus = true;
    await expect(killed.take(held("django", 1, JON))).rejects.toThrow();
    await other.take(held("django", 1, JON));
    expect(other.commands("firestore")).toEqual([]);
    expect(await sweepFor(1, other)).toEqual([1]);
  });

  test("what an instance left that died, by the one that is started in its place", async () => {
    const { start, clock } = installation();
    await start().take(held("django", 1, JON));
    clock.now += 5_000;
    expect(await sweepFor(1, start())).toEqual([1]);
  });

  test("what an instance left that died, by one that has been idle ever since, within a quarter of an hour", async () => {
    const { start } = installation();
    const [died, other] = [start(), start()];
    await sweepFor(2, other);
    await died.take(held("django", 1, JON));
    expect((await sweepFor(15, other)).length).toBeGreaterThan(0);
  });

  test("although the look before it failed", async () => {
    const { start, stores } = installation();
    const hubs = { ...stores.hubs };
    const reconciler = start({ ...stores, hubs });
    await reconciler.take(held("django", 1, JON));
    reconciler.clock.now += MINUTE_MS;
    hubs.due = () => Promise.reject(new SyncError("store_unavailable"));
    await expect(reconciler.useCases.sweep()).rejects.toThrow();
    hubs.due = (after, limit) => stores.hubs.due(after, limit);
    expect(await sweepFor(1, reconciler)).toEqual([1]);
  });
});

describe("what waits for its direction", () => {
  test("goes within a minute when another instance opens it, and that one dies at once", async () => {
    const { start, stores } = installation();
    const reconciler = start();
    await reconciler.useCases.control({ direction: "none" });
    await reconciler.take(held("django", 1, JON));
    expect(await sweepFor(30, reconciler)).toEqual([]);
    await stores.control.update((stored) => ({ ...stored, direction: "both" }));
    expect(await sweepFor(1, reconciler)).toEqual([1]);
  });

  test("goes at once from the instance that opens it, however quiet that has been", async () => {
    const { start } = installation();
    const [taking, opening] = [start(), start()];
    await sweepFor(2, opening);
    await opening.useCases.control({ direction: "none" });
    await sweepFor(2, opening);
    await taking.take(held("django", 1, JON));
    await opening.useCases.control({ direction: "both" });
    await expect.poll(() => opening.commands("firestore").length).toBe(1);
  });
});

test("a flush looks at everything, however short ago nothing was there", async () => {
  const { start, clock } = installation();
  const [died, flushing] = [start(), start()];
  await sweepFor(2, flushing);
  await died.take(held("django", 1, JON));
  clock.now += 31_000;
  await flush(flushing);
  expect(flushing.commands("firestore")).toHaveLength(1);
});
