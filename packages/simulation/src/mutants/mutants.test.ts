import { describe, expect, test } from "vitest";
import { explore } from "../model/explore.ts";
import { PRODUCTION, type Planner } from "../model/planner.ts";
import type { WorldRules } from "../model/state.ts";
import { WORLD_MUTANTS, type Mutant } from "./mutants.ts";
import { patchedCore, testPatchedCore } from "./patched-core.ts";
import { PLANNER_MUTANTS } from "./planner-mutants.ts";
import { UNIT_MUTANTS } from "./unit-mutants.ts";

const LIMIT = 60_000;

function promiseBroken(planner: Planner, { name, world, fault }: Mutant): string {
  const rules: WorldRules = { ...world, name, isPruned: false, faults: new Set(typeof fault === "string" ? [fault] : []) };
  const { broken, states, isComplete } = explore(planner, rules, LIMIT);
  return broken?.promise ?? `survived ${states} states${isComplete ? "" : ", and there are more"}`;
}

describe("a fault made on purpose is caught (a mutant that survives fails the build)", () => {
  test.each(WORLD_MUTANTS)("$name", { timeout: 60_000 }, (mutant) => {
    expect(promiseBroken(PRODUCTION, mutant)).toMatch(mutant.breaks);
  });

  test.each(PLANNER_MUTANTS)("planner: $name", { timeout: 60_000 }, async (mutant) => {
    if (typeof mutant.fault === "string") throw new Error("a planner mutant is a patch of its source");
    using core = await patchedCore(mutant.fault);
    expect(promiseBroken(core.planner, mutant)).toMatch(mutant.breaks);
  });

  test.each(UNIT_MUTANTS)("unit: $name", async ({ fault, killedBy }) => {
    const { count, failed } = await testPatchedCore(fault, killedBy);
    expect(count, `${killedBy} has tests`).toBeGreaterThan(0);
    expect(failed, `tests of ${killedBy} that notice it`).not.toEqual([]);
  });

  test.each([...WORLD_MUTANTS, ...PLANNER_MUTANTS])(
    "and without it the same world holds: $name",
    { timeout: 60_000 },
    ({ world, name }) => {
      expect(explore(PRODUCTION, { ...world, name }, LIMIT)).toMatchObject({ isComplete: true });
    },
  );
});
