import { describe, expect, test } from "vitest";
import type { GroupRegister } from "./hub.ts";
import { resolve, type Resolution } from "./resolve.ts";
import { HOUR, NOON, policyOf } from "./testing/samples.ts";

const LWW = { kind: "lww", windowMs: HOUR } as const;
const current: GroupRegister = { value: "staff@a.is", ver: 2, side: "django", actor: null, changedAt: NOON };

function winnerAt(leadMs: number, errors: { readonly uncertain?: number; readonly incoming?: number; readonly current?: number } = {}) {
  const policy = policyOf({ clockUncertaintyMs: errors.uncertain ?? 0 });
  const stamp = { changedAt: NOON + leadMs, actor: null, clockErrorMs: errors.incoming ?? 0 };
  return resolve(policy, LWW, { side: "firestore", stamp, isAfterRestore: false }, { ...current, clockErrorMs: errors.current ?? 0 })
    .winner;
}

describe("of two concurrent edits the later one wins", () => {
  test.each<[string, number, Resolution["winner"]]>([
    ["further apart than the window, the incoming one being later", HOUR + 1, "incoming"],
    ["further apart than the window, the current one being later", -HOUR - 1, "current"],
    ["not at the window's very edge: a person is asked", HOUR, "nobody"],
    ["not at its other edge either", -HOUR, "nobody"],
  ])("%s", (_when, leadMs, winner) => {
    expect(winnerAt(leadMs)).toBe(winner);
  });

  test.each([
    ["the clocks' uncertainty", { uncertain: 5_000 }],
    ["what was measured of the incoming edit's clock", { incoming: 5_000 }],
    ["what was measured of the current edit's clock", { current: 5_000 }],
  ])("only where the window is passed by more than %s", (_which, errors) => {
    expect(winnerAt(HOUR + 5_000, errors)).toBe("nobody");
    expect(winnerAt(HOUR + 5_001, errors)).toBe("incoming");
  });

  test("and what was measured of both clocks is added up", () => {
    expect(winnerAt(HOUR + 9_000, { uncertain: 2_000, incoming: 3_000, current: 4_000 })).toBe("nobody");
    expect(winnerAt(HOUR + 9_001, { uncertain: 2_000, incoming: 3_000, current: 4_000 })).toBe("incoming");
  });

  test("where nothing was measured, nothing is added", () => {
    const stamp = { changedAt: NOON + HOUR + 1, actor: null };
    expect(resolve(policyOf(), LWW, { side: "firestore", stamp, isAfterRestore: false }, current)).toEqual({
      winner: "incoming",
      rule: "lww",
    });
  });
});
