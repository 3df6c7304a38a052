import { describe, expect, test } from "vitest";
import { explore, type Exploration } from "./explore.ts";
import { PRODUCTION } from "./planner.ts";
import { MENDED_WORLDS } from "./mended-worlds.ts";
import { LARGE_OPERATIONS, SMALL_OPERATIONS } from "./worlds-of-operations.ts";
import { LARGE_WORLDS, SMALL_WORLDS } from "./worlds.ts";

const LIMIT = 1_000_000;
const isNightly = process.env["NIGHTLY"] === "1";
const SMALL = [...SMALL_WORLDS, ...SMALL_OPERATIONS, ...MENDED_WORLDS];
const LARGE = [...LARGE_WORLDS, ...LARGE_OPERATIONS];

/** The trace is the message: it is what a failing run prints. */
function told({ broken, isComplete }: Exploration): string {
  if (broken !== undefined) return [broken.promise, ...broken.trace].join("\n  ");
  return isComplete ? "every state was visited and every promise held" : "the limit came before the last state";
}

describe("in every reachable state of a small world every promise holds", () => {
  test.each(isNightly ? [...SMALL, ...LARGE] : SMALL)("$name", { timeout: 600_000 }, (rules) => {
    const exploration = explore(PRODUCTION, rules, LIMIT);
    expect(told(exploration)).toBe("every state was visited and every promise held");
    expect(exploration.states).toBeGreaterThan(30);
  });
});
