import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../e2e/world/world.ts";
import { openBreakableWorld, runChaos } from "./run/chaos-run.ts";
import { describeLedger } from "./world/describe-ledger.ts";
import { anySeed } from "./world/tape.ts";

const BROKEN_MS = 40_000;
const SETTLE_MS = 120_000;

let world: World;
beforeAll(async () => {
  world = await openBreakableWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test("all kinds of faults at once, for 40 seconds of edits on both sides: every edit is accounted for", { timeout: 300_000 }, async () => {
  const { workload, settled, tally, deaths } = await runChaos(world, { seed: anySeed(), forMs: BROKEN_MS, settleMs: SETTLE_MS });
  expect(settled.isAtRest, `seed ${workload.seed}: at rest within ${SETTLE_MS / 1000} s`).toBe(true);
  expect(settled.ledger.isBalanced, `seed ${workload.seed}: ${describeLedger(settled.ledger)}`).toBe(true);
  expect(deaths, "services that died without being killed").toEqual([]);
  expect(tally.counts.size, "kinds of faults").toBeGreaterThan(10);
  expect(settled.ledger.edits).toBeGreaterThan(300);
});
