import { describe, expect, test } from "vitest";
import type { Conflict } from "./conflict.ts";
import { LIFE, type Hub } from "./hub.ts";
import { plan, type Plan } from "./plan.ts";
import { planDecision } from "./plan-decision.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const gone = { life: "missing", djangoId: null } as const;

/** A member whose e-mail address is in conflict. */
function contested(): Hub {
  const edits = [
    observed("django", 2, { ...JON, email: "staff@a.is" }),
    observed("firestore", 11, { ...JON, email: "member@a.is" }, { djangoId: 7 }),
  ];
  return plan(agreed(), edits, DEFAULTS, NOON).hub;
}

const closedIn = ({ conflicts }: Plan) => conflicts.filter(({ state }) => state !== "open").map(({ group, state }) => `${group} ${state}`);

function decide(hub: Hub, conflict: Conflict | undefined, value: "alive" | "deleted"): Plan {
  if (conflict === undefined) throw new Error("a person is asked");
  const { id: conflictId, group, expected } = conflict;
  const decided = planDecision(
    hub,
    { conflictId, group, expected, choice: { kind: "custom", value }, actor: "admin", note: null },
    DEFAULTS,
    NOON,
  );
  if (typeof decided === "string") throw new Error(decided);
  return decided;
}

describe("no conflict outlives the life that it is about", () => {
  test("a removal from both sides closes the conflicts of the member's groups", () => {
    const asked = takeAll(contested(), [observed("django", 3, {}, gone)]).hub;
    const planned = takeAll(asked, [observed("firestore", 12, {}, gone)]);
    expect(closedIn(planned).toSorted()).toEqual(["email superseded", `${LIFE} converged`]);
    expect(planned.hub).toMatchObject({ life: { state: "deleted" } });
  });

  test("a decision to delete closes them, and the history names what each side held (P1)", () => {
    const asked = takeAll(contested(), [observed("django", 3, {}, gone)]);
    const planned = decide(
      asked.hub,
      asked.conflicts.find(({ group }) => group === LIFE),
      "deleted",
    );
    expect(closedIn(planned).toSorted()).toEqual(["email superseded", `${LIFE} decided`]);
    const lost = planned.history.flatMap(({ entries }) => entries).filter(({ rule }) => rule === "life-ended");
    expect(lost).toMatchObject([{ group: "email", outcome: "lost", side: "firestore", value: "member@a.is", other: "staff@a.is" }]);
    expect(planned.hub.groups["email"]?.parked).toBeUndefined();
  });

  test("a deactivated member who is removed from both sides, one after the other, leaves none open (P1)", () => {
    const inactive = { life: "deleted", djangoId: 7 } as const;
    const deactivated = takeAll(agreed(), [observed("django", 2, JON, inactive)]);
    const marked = takeAll(deactivated.hub, [answered(only(deactivated.commands), 10, JON, inactive)]).hub;
    const edits = [
      observed("django", 3, { ...JON, email: "staff@a.is" }, inactive),
      observed("firestore", 12, { ...JON, email: "member@a.is" }, inactive),
    ];
    const asked = plan(marked, edits, DEFAULTS, NOON);
    expect(asked.conflicts).toMatchObject([{ group: "email", state: "open" }]);
    const removed = takeAll(asked.hub, [observed("django", 4, {}, gone)]);
    expect(closedIn(removed)).toEqual([]);
    const planned = takeAll(removed.hub, [observed("firestore", 13, {}, gone)]);
    expect(closedIn(planned)).toEqual(["email superseded"]);
    expect(outcomes(planned)).toContain("email lost life-ended");
    expect(planned.hub.groups["email"]?.parked).toBeUndefined();
  });

  test("a decision to keep the member leaves them open", () => {
    const asked = takeAll(contested(), [observed("django", 3, {}, gone)]);
    const planned = decide(
      asked.hub,
      asked.conflicts.find(({ group }) => group === LIFE),
      "alive",
    );
    expect(closedIn(planned)).toEqual([`${LIFE} decided`]);
    expect(planned.hub.groups["email"]?.parked).toBeDefined();
  });

  test("a new life closes those of the first one, and what still stood in it is lost to the new one (P8)", () => {
    const planned = takeAll(contested(), [observed("django", 3, { name: "Jón Nýi" }, { djangoId: 8 })]);
    expect(closedIn(planned)).toContain("email superseded");
    expect(planned.hub).toMatchObject({ life: { incarnation: 2 }, groups: { email: { value: null } } });
    expect(outcomes(planned)).toContain("email lost new-life");
  });

  test("a deletion by one who had not seen the conflict asks, and closes nothing", () => {
    const planned = takeAll(contested(), [observed("firestore", 12, {}, gone)], policyOf({ firestoreDelete: "deactivate" }));
    expect(closedIn(planned)).toEqual([]);
    expect(planned.hub.groups["email"]?.parked).toBeDefined();
  });
});
