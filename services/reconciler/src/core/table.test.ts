import { describe, expect, test } from "vitest";
import type { GroupValue, Life } from "@member-sync/shared/member/member-record.ts";
import { otherSide, SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Hub } from "./hub.ts";
import { plan, type Plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";

/**
 * Every combination of what a side may hold of a group that the other side has just set to `h`, whether it had seen
 * that or still `old`, the group's rule, the member's life there, and which side it is. The expectations are written
 * from DESIGN section 5 and share nothing with the planner.
 */
const HELD = ["absent", "null", "same", "a", "b"] as const;
const RULES = ["owner-django", "owner-firestore", "later", "earlier", "close", "manual"] as const;
const LIVES: readonly Life[] = ["alive", "deleted", "missing"];

interface Row {
  readonly held: (typeof HELD)[number];
  readonly isSeen: boolean;
  readonly rule: (typeof RULES)[number];
  readonly life: Life;
  readonly side: Side;
}

const ROWS: readonly Row[] = HELD.flatMap((held) =>
  [true, false].flatMap((isSeen) =>
    RULES.flatMap((rule) => LIVES.flatMap((life) => SIDES.map((side) => ({ held, isSeen, rule, life, side })))),
  ),
);

const VALUES: Readonly<Record<Row["held"], GroupValue | undefined>> = { absent: undefined, null: null, same: "h", a: "a", b: "old" };

function policyFor(rule: Row["rule"]) {
  switch (rule) {
    case "owner-django":
      return policyOf({ groups: { g: { kind: "owner", side: "django" } } });
    case "owner-firestore":
      return policyOf({ groups: { g: { kind: "owner", side: "firestore" } } });
    case "manual":
      return policyOf({ groups: { g: { kind: "manual" } } });
    case "later":
    case "earlier":
    case "close":
      return policyOf({ groups: { g: { kind: "lww", windowMs: HOUR } } });
  }
}

/** The peer has set the group to `h`; the side has been told (`isSeen`), or its command is still on the way. */
function before({ side, isSeen, rule }: Row): Hub {
  const policy = policyFor(rule);
  const link = { djangoId: 7 } as const;
  let { hub } = plan(undefined, [observed(otherSide(side), 1, { g: "old" }, link)], policy, NOON);
  hub = plan(hub, [observed(side, 1, { g: "old" }, link)], policy, NOON).hub;
  const planned = plan(hub, [observed(otherSide(side), 2, { g: "h" }, link)], policy, NOON);
  const [command] = planned.commands;
  if (command === undefined) throw new Error("the peer's edit goes to the side");
  return isSeen ? plan(planned.hub, [answered(command, 2, { g: "h" })], policy, NOON).hub : planned.hub;
}

function take(row: Row): Plan {
  const { held, life, side, rule } = row;
  const value = VALUES[held];
  const record = value === undefined || life === "missing" ? {} : { g: value };
  const hours = { later: 5, earlier: -5 }[rule === "later" || rule === "earlier" ? rule : "later"] ?? 0;
  const changedAt = rule === "later" || rule === "earlier" ? NOON + hours * HOUR : NOON;
  return plan(before(row), [observed(side, 3, record, { life, changedAt, djangoId: 7 })], policyFor(rule), NOON + 10 * HOUR);
}

type Ending = "ours stands" | "theirs is taken" | "parked";

/** What becomes of the group's value. */
function endingOf({ held, isSeen, rule, life, side }: Row): Ending {
  const value = VALUES[held];
  const shadow = isSeen ? "h" : "old";
  if (life === "missing" || value === undefined || value === shadow || value === "h") return "ours stands";
  if (isSeen) return "theirs is taken";
  switch (rule) {
    case "owner-django":
    case "owner-firestore":
      return rule === `owner-${side}` ? "theirs is taken" : "ours stands";
    case "later":
      return "theirs is taken";
    case "earlier":
      return "ours stands";
    case "close":
    case "manual":
      return "parked";
  }
}

/** Whether the member's life is asked about: a removal, or an end in Django, by somebody who had not seen the peer's edit. */
function lifeOf({ life, side, isSeen }: Row): "alive" | "deleted" | "asked" {
  if (life === "alive" || (side === "firestore" && life === "deleted")) return "alive"; // members do not steer their status
  if (side === "firestore" || !isSeen) return "asked";
  return "deleted";
}

const hubLife = ({ life }: Hub) => (life.parked === undefined ? life.state : "asked");

describe("the whole table of (absent, null, same, a, b) × (seen or not) × policy × life × side", () => {
  test("has every row", () => expect(ROWS).toHaveLength(5 * 2 * 6 * 3 * 2));

  test.each(ROWS)("$side holds $held, seen $isSeen, rule $rule, life $life", (row) => {
    const { hub, commands, history } = take(row);
    const register = hub.groups["g"];
    const ending = endingOf(row);
    expect(register?.parked === undefined ? "flows" : "parked").toBe(ending === "parked" ? "parked" : "flows");
    expect(register?.value ?? null).toBe(ending === "theirs is taken" ? (VALUES[row.held] ?? null) : "h");
    expect(hubLife(hub)).toBe(lifeOf(row));

    const entries = history.flatMap((record) => record.entries).filter(({ group }) => group === "g");
    if (ending === "parked") expect(entries).toMatchObject([{ outcome: "parked", value: VALUES[row.held], other: "h" }]);
    if (ending === "theirs is taken" && !row.isSeen)
      expect(entries).toContainEqual(expect.objectContaining({ outcome: "lost", value: "h" }));

    for (const { side, groups } of commands) {
      expect(ending, "P5: what is parked is not sent").not.toBe(Object.hasOwn(groups, "g") ? "parked" : "");
      const state = hub.sides[side];
      const isLost = state?.missing?.includes("g") === true; // the shadow is the lost value, and the command writes it back
      if (Object.hasOwn(groups, "g") && !isLost) expect(groups["g"] ?? null).not.toBe(state?.shadow["g"] ?? null);
    }
    if (hubLife(hub) === "asked") expect(commands.filter((command) => command.life !== undefined)).toEqual([]); // P5: its groups flow on
    const again = observed(row.side, 3, hub.sides[row.side]?.shadow ?? {}, { life: row.life });
    expect(plan(hub, [again], policyFor(row.rule), NOON)).toMatchObject({ changed: false, commands: [] });
  });
});
