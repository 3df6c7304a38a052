import { describe, expect, test } from "vitest";
import { simulate } from "./run.ts";
import type { Flaws } from "./world.ts";

/** How many histories a fault may hide in. */
const SEEDS = 4_000;

const FLAWED: readonly (readonly [name: string, flaws: Flaws, breaks: RegExp])[] = [
  ["the hub is written without compare-and-set", { store: { comparesNothing: true } }, /^P\d|nobody had looked/],
  ["history is written after the hub, and sometimes lost", { store: { losesHistory: true } }, /^P1/],
  ["Django writes without compare-and-set", { django: { comparesNothing: true } }, /^P\d/],
  ["Django forgets write ids", { django: { forgetsWriteIds: true } }, /^P\d/],
  ["Firestore writes without compare-and-set", { firestore: { comparesNothing: true } }, /^P\d/],
  ["a message is acknowledged before it is handled", { acknowledgesEarly: true }, /^P[12]/],
  ["what was not answered is never sent again", { neverSweeps: true }, /^P[123]/],
];

async function firstBroken(flaws: Flaws): Promise<string> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { broken } = await simulate(seed, { flaws });
    if (broken !== undefined) return broken;
  }
  return `survived ${SEEDS} histories`;
}

describe("a fault made on purpose around the services' code is noticed", () => {
  test.each(FLAWED)("%s", { timeout: 120_000 }, async (_name, flaws, breaks) => {
    expect(await firstBroken(flaws)).toMatch(breaks);
  });
});
