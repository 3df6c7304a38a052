import { describe, expect, test } from "vitest";
import { playFleet } from "../fleet/fleet.ts";
import { caseOf } from "./case.ts";
import { REGRESSIONS } from "./regressions.ts";
import { play, simulate } from "./run.ts";

const SEEDS = 20_000;

/** What a reader needs to see it happen again. */
function told(failures: readonly { readonly seed: number; readonly broken: string }[]): string {
  const lines = failures.map(({ seed, broken }) => `${broken}\n    npm run simulate -- --seed ${seed}`);
  return ["every promise held", ...lines].slice(failures.length === 0 ? 0 : 1).join("\n  ");
}

describe("simulated histories of the services' own code", () => {
  test(`every promise holds in ${SEEDS} of them`, { timeout: 600_000 }, async () => {
    const { seeds, failures, steps, seconds } = await playFleet({ from: 1, count: SEEDS });
    console.log(`${seeds} seeds, ${steps} steps, ${(seeds / seconds).toFixed(0)} seeds/s`);
    expect(told(failures)).toBe("every promise held");
    expect(seeds).toBe(SEEDS);
  });

  test.each(REGRESSIONS)("seed $seed, which showed: $was", async ({ seed }) => {
    expect((await simulate(seed)).broken).toBeUndefined();
  });

  test.each([7, 77, 777, 7_777])("seed %i plays the same way twice, step by step", async (seed) => {
    const stories: string[][] = [[], []];
    const first = await simulate(seed, { tell: (step) => void stories[0]?.push(step) });
    const second = await simulate(seed, { tell: (step) => void stories[1]?.push(step) });
    expect(second).toEqual(first);
    expect(stories[1]).toEqual(stories[0]);
  });

  test("another seed is another history", async () => {
    const [one, two] = [await simulate(1), await simulate(2)];
    expect(one.hash).not.toBe(two.hash);
  });

  test("a case without its trouble still has its people: the tapes are apart", async () => {
    const script = caseOf(4_242);
    const calm = { ...script, faults: { ...script.faults, crash: 0, duplicate: 0, lost: 0 } };
    expect(calm.intents).toEqual(caseOf(4_242).intents);
    expect((await play(calm)).broken).toBeUndefined();
  });
});
