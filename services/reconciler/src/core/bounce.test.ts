import { describe, expect, test } from "vitest";
import type { Side } from "@member-sync/shared/member/side.ts";
import { answered, HOUR, NOON, observed } from "./testing/samples.ts";
import { agreed, JON, only, takeAll } from "./testing/steps.ts";

interface Program {
  readonly sides: readonly Side[];
  readonly stepMs: number;
  readonly value: (round: number) => string;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Plays edits that each had seen the one before, and answers in which round the group was parked. */
function roundOfParking({ sides, stepMs, value }: Program): number {
  let hub = agreed();
  for (let round = 0; round < 24; round += 1) {
    const side = sides[round % sides.length] ?? "django";
    const record = { ...JON, name: value(round) };
    const changedAt = NOON + round * stepMs;
    const planned = takeAll(hub, [observed(side, 100 + 2 * round, record, { djangoId: 7, changedAt })]);
    if (planned.hub.groups["name"]?.parked?.cause === "oscillation") return round;
    const command = only(planned.commands);
    hub = takeAll(planned.hub, [answered(command, 101 + 2 * round, record, { changedAt })]).hub;
  }
  return NEVER;
}

const inTurns: readonly Side[] = ["firestore", "django"];
const swinging = (round: number) => (round % 2 === 0 ? "JÓN" : "jón");
const growing = (round: number) => `Jón${".".repeat(round + 1)}`;

describe("two sides that change one value in turns, each having seen the other's", () => {
  test("a value that swings back within half a minute is a program's: a person is asked after three swings", () => {
    expect(roundOfParking({ sides: inTurns, stepMs: 30_000, value: swinging })).toBeLessThanOrEqual(6);
  });

  test("a value that each side adds to is a program's too: a person is asked, if later", () => {
    const round = roundOfParking({ sides: inTurns, stepMs: 1_000, value: growing });
    expect(round).toBeGreaterThan(6);
    expect(round).toBeLessThanOrEqual(14);
  });

  test("an hour apart they are people, and nobody is asked", () => {
    expect(roundOfParking({ sides: inTurns, stepMs: HOUR, value: swinging })).toBe(NEVER);
  });
});

test("a person who changes their mind on one side is no program, however often and however fast", () => {
  expect(roundOfParking({ sides: ["firestore"], stepMs: 1_000, value: swinging })).toBe(NEVER);
});
