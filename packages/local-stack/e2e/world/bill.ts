import { billBetween, billOf, type Bill } from "../../src/bill.ts";
import { eventually } from "./eventually.ts";
import type { World } from "./world.ts";

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
  return billBetween(before, await settledBill(world));
}

/** Until nothing is asked of Firestore any more, and nothing is published. */
export async function untilStill(world: World): Promise<void> {
  await settledBill(world);
}

async function settledBill(world: World): Promise<Bill> {
  const { tracker, djangoAdapter, reconciler } = world.stack.addresses;
  let last = "";
  let since = performance.now();
  return eventually({ what: "the counts standing still", withinMs: 30_000, everyMs: 150 }, async () => {
    const bill = await billOf([tracker.url, djangoAdapter.url, reconciler.url]);
    const now = JSON.stringify(bill);
    if (now !== last) since = performance.now();
    last = now;
    if (world.stack.pendingEvents() > 0 || performance.now() - since < STILL_MS) throw new Error("something goes on");
    return bill;
  });
}
