import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { anySeed } from "./world/tape.ts";
import { startWorkload } from "./world/workload.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test("nothing is broken: people edit on both sides at once, and every edit is accounted for", async () => {
  await using workload = await startWorkload(world, { seed: anySeed() });
  await workload.made(150);
  const ledger = await expectBalanced(world, workload);
  expect(ledger.edits).toBeGreaterThanOrEqual(150);
});
