import { eventually } from "./eventually.ts";
import type { World } from "./world.ts";

/** What all services together have asked of Firestore, and published. */
export interface Bill {
  readonly calls: number;
  /** Documents, as they are billed; the same for writes. */
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
}

const COUNTERS = {
  calls: "membersync_firestore_calls_total",
  reads: "membersync_firestore_reads_total",
  writes: "membersync_firestore_writes_total",
  messages: "membersync_messages_published_total",
} as const satisfies Readonly<Record<keyof Bill, string>>;

/** Longer than the adapter's pause between two looks at the outbox. */
const STILL_MS = 1_500;

/**
 * Does something and tells what it cost, once `isDone` holds and the counts stand still. Neither may ask the reconciler's
 * API: its answers cost reads too.
 */
export async function billed(world: World, act: () => Promise<unknown>, isDone: () => unknown, withinMs = 60_000): Promise<Bill> {
  const before = await settledBill(world);
  await act();
  await eventually({ what: "what is paid for being done", withinMs, everyMs: 100 }, async () => {
    await isDone();
  });
  const after = await settledBill(world);
  return {
    calls: after.calls - before.calls,
    reads: after.reads - before.reads,
    writes: after.writes - before.writes,
    messages: after.messages - before.messages,
  };
}

/** Until nothing is asked of Firestore any more, and nothing is published. */
export async function untilStill(world: World): Promise<void> {
  await settledBill(world);
}

async function settledBill(world: World): Promise<Bill> {
  let last = "";
  let since = performance.now();
  return eventually({ what: "the counts standing still", withinMs: 30_000, everyMs: 150 }, async () => {
    const bill = await billOf(world);
    const now = JSON.stringify(bill);
    if (now !== last) since = performance.now();
    last = now;
    if (world.stack.pendingEvents() > 0 || performance.now() - since < STILL_MS) throw new Error("something goes on");
    return bill;
  });
}

async function billOf({ stack: { addresses } }: World): Promise<Bill> {
  const { tracker, djangoAdapter, reconciler } = addresses;
  const lines = (await Promise.all([tracker, djangoAdapter, reconciler].map(({ url }) => metricsOf(url)))).flat();
  const sum = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}{`)).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
  return { calls: sum(COUNTERS.calls), reads: sum(COUNTERS.reads), writes: sum(COUNTERS.writes), messages: sum(COUNTERS.messages) };
}

async function metricsOf(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) });
  return (await response.text()).split("\n");
}
