import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { Firestore } from "@google-cloud/firestore";
import { afterAll, describe, expect, test } from "vitest";
import { firestoreCounters } from "../telemetry/firestore-counters.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createFirestore } from "./client.ts";
import { countCalls } from "./count-calls.ts";

const emulatorHost = process.env["FIRESTORE_EMULATOR_HOST"];
if (emulatorHost === undefined)
  console.info("what Firestore is asked is counted on made-up answers only: FIRESTORE_EMULATOR_HOST is not set");

function tally() {
  const counted = { calls: 0, reads: 0, writes: 0 };
  const counters = {
    calls: (count: number) => void (counted.calls += count),
    reads: (count: number) => void (counted.reads += count),
    writes: (count: number) => void (counted.writes += count),
  };
  /** What was counted since this was last asked. */
  const take = () => {
    const taken = { ...counted };
    Object.assign(counted, { calls: 0, reads: 0, writes: 0 });
    return taken;
  };
  return { counters, take };
}

/** A client whose every stream brings these. */
function answering(responses: readonly unknown[]): Firestore {
  const firestore = new Firestore({ projectId: "counted" });
  const open = async () => {
    const stream = new PassThrough({ objectMode: true });
    stream.pause();
    for (const response of responses) stream.write(response);
    stream.end();
    return stream;
  };
  Reflect.defineProperty(firestore, "requestStream", { configurable: true, value: open });
  return firestore;
}

describe("an aggregation", () => {
  test.each([
    [0, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [250_000, 250],
  ])("of %i entries is billed as %i reads", async (entries, reads) => {
    const { counters, take } = tally();
    const count = { valueType: "integerValue", integerValue: String(entries) };
    const firestore = answering([{ result: { aggregateFields: { aggregate_0: count } }, readTime: { seconds: "1", nanos: 0 } }]);
    countCalls(firestore, counters);
    expect((await firestore.collection("a").count().get()).data().count).toBe(entries);
    expect(take()).toEqual({ calls: 1, reads, writes: 0 });
  });
});

test("a listener that goes on where it was is billed for what is new", async () => {
  const { counters, take } = tally();
  const change = { document: { name: "members/a", updateTime: { seconds: "1", nanos: 5 } } };
  const firestore = answering([{ documentChange: change }, { documentDelete: { document: "members/b" } }, { targetChange: {} }]);
  countCalls(firestore, counters);
  const listen = async () => {
    const stream: unknown = await Reflect.apply(Reflect.get(firestore, "requestStream"), firestore, ["listen"]);
    if (stream instanceof PassThrough) for await (const _ of stream);
  };
  await listen();
  expect(take()).toEqual({ calls: 1, reads: 2, writes: 0 });
  await listen();
  expect(take()).toEqual({ calls: 1, reads: 0, writes: 0 });
});

describe.skipIf(emulatorHost === undefined)("on the emulator", () => {
  const { counters, take } = tally();
  const firestore = createFirestore({ projectId: `counted-${randomUUID()}`, emulatorHost: emulatorHost ?? "127.0.0.1:1", counters });
  const all = firestore.collection("a");
  afterAll(() => firestore.terminate());

  const calls: [string, () => Promise<unknown>, { readonly calls: number; readonly reads: number; readonly writes: number }][] = [
    ["a set", () => all.doc("1").set({ n: 1 }), { calls: 1, reads: 0, writes: 1 }],
    [
      "a batch",
      () => firestore.batch().create(all.doc("2"), { n: 2 }).set(all.doc("3"), { n: 3 }).commit(),
      { calls: 1, reads: 0, writes: 2 },
    ],
    ["a write that is refused", () => all.doc("2").create({ n: 2 }).catch(Object), { calls: 1, reads: 0, writes: 1 }],
    ["a get", () => all.doc("1").get(), { calls: 1, reads: 1, writes: 0 }],
    ["a get of nothing", () => all.doc("9").get(), { calls: 1, reads: 1, writes: 0 }],
    ["a get of several, one missing", () => firestore.getAll(all.doc("1"), all.doc("2"), all.doc("9")), { calls: 1, reads: 3, writes: 0 }],
    ["a query", () => all.get(), { calls: 1, reads: 3, writes: 0 }],
    ["a query with a limit", () => all.orderBy("n").limit(2).get(), { calls: 1, reads: 2, writes: 0 }],
    ["a query that finds nothing", () => all.where("n", "==", 9).get(), { calls: 1, reads: 1, writes: 0 }],
    ["a count", () => all.count().get(), { calls: 1, reads: 1, writes: 0 }],
    ["a count of nothing", () => all.where("n", "==", 9).count().get(), { calls: 1, reads: 1, writes: 0 }],
    [
      "a transaction that reads and writes",
      () => firestore.runTransaction(async (transaction) => void transaction.update((await transaction.get(all.doc("1"))).ref, { n: 4 })),
      { calls: 2, reads: 1, writes: 1 },
    ],
    ["a delete", () => all.doc("3").delete(), { calls: 1, reads: 0, writes: 1 }],
  ];
  test.each(calls)("%s is counted as it is billed", async (_name, call, expected) => {
    await call();
    expect(take()).toEqual(expected);
  });

  test("a listener is one call, and a read for what it finds and for each change", async () => {
    const heard: unknown[] = [];
    const stop = all.doc("7").onSnapshot((snapshot) => heard.push(snapshot.get("n")));
    await expect.poll(() => heard).toEqual([undefined]);
    expect(take()).toEqual({ calls: 1, reads: 1, writes: 0 });
    await all.doc("7").set({ n: 1 });
    await expect.poll(() => heard).toEqual([undefined, 1]);
    stop();
    expect(take()).toEqual({ calls: 1, reads: 1, writes: 1 });
  });

  test("the counts are metrics of the service, from 0", async () => {
    const metrics = createMetrics("probe");
    const counting = createFirestore({ projectId: "counted", emulatorHost: emulatorHost ?? "", counters: firestoreCounters(metrics) });
    expect(await metrics.text()).toContain('membersync_firestore_reads_total{service="probe"} 0');
    await counting.getAll(all.doc("8"), all.doc("9"));
    await counting.terminate();
    const text = await metrics.text();
    for (const line of ["calls_total", "reads_total", "writes_total"].map((name, at) => `${name}{service="probe"} ${[1, 2, 0][at]}`)) {
      expect(text).toContain(`membersync_firestore_${line}`);
    }
  });
});
