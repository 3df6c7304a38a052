import { describe, expect, test } from "vitest";
import type { Conflict } from "./conflict.ts";
import { LIFE, type Hub } from "./hub.ts";
import { plan, type Plan } from "./plan.ts";
import { planDecision, type Decision } from "./plan-decision.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const gone = { life: "missing", djangoId: null } as const;
const ANEW = { name: "Jón Nýi", email: "new@a.is", facebook: "fb", phone: null };
const anew = (revision = 20, record = ANEW) => observed("firestore", revision, record, { created: "20", djangoId: null });

/** Deleted in Django (removed, or marked inactive), and the member has deleted their own document too. */
function deleted(how: "removed" | "inactive" = "removed"): Hub {
  const ended = how === "removed" ? observed("django", 2, {}, gone) : observed("django", 2, JON, { life: "deleted" });
  const first = takeAll(agreed(), [ended]);
  const marked = takeAll(first.hub, [answered(only(first.commands), 11, JON, { life: "deleted" })]).hub;
  return takeAll(marked, [observed("firestore", 12, {}, gone)]).hub;
}

const asked = (how?: "removed" | "inactive"): Plan => takeAll(deleted(how), [anew()]);

function decide({ hub, conflicts }: Plan, choice: Decision["choice"]): Plan {
  const conflict = conflicts.find(({ group }: Conflict) => group === LIFE);
  if (conflict === undefined) throw new Error("a person is asked");
  const { id: conflictId, expected } = conflict;
  const decided = planDecision(hub, { conflictId, group: LIFE, expected, choice, actor: "admin", note: null }, DEFAULTS, NOON);
  if (typeof decided === "string") throw new Error(decided);
  return decided;
}

describe("a member who makes a new document after the delete does not bring themselves back (P8)", () => {
  test("a person is asked, and nothing of the document is taken or written", () => {
    const planned = asked();
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "recreated", state: "open" }]);
    expect(planned.hub.life).toMatchObject({ state: "deleted", incarnation: 1 });
    expect(planned.hub.groups["name"]).toMatchObject({ value: "Jón" });
    expect(planned.commands).toEqual([]);
    expect(outcomes(planned)).toContain("facebook parked recreated");
  });

  test("an edit of the document moves the question on", () => {
    const first = asked();
    const planned = takeAll(first.hub, [anew(21, { ...ANEW, email: "newer@a.is" })]);
    expect(outcomes(planned)).toEqual(["email parked recreated"]);
    expect(planned.conflicts[0]?.expected).not.toBe(first.conflicts[0]?.expected);
    expect(planned.commands).toEqual([]);
  });

  test("removing the document again ends the question", () => {
    const planned = takeAll(asked().hub, [observed("firestore", 21, {}, gone)]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, state: "converged" }]);
    expect(planned.hub.life).toMatchObject({ state: "deleted", incarnation: 1 });
  });
});

// Seed 43434 of the simulation: what waited with the question vanished.
describe("a Firestore that is restored while a new document waits for a person", () => {
  const policy = policyOf({ restores: { firestore: { lineage: "second", ended: ["first"], confirmedAt: NOON } } });
  const restored = (record: typeof ANEW) => takeAll(asked().hub, [{ ...anew(30, record), lineage: "second" }], policy);
  const lost = (planned: Plan) => outcomes(planned).filter((told) => told.endsWith(" lost side-restored"));

  test("loses what the document held and no longer holds, and the history names it (P1)", () => {
    expect(lost(restored({ ...ANEW, email: "older@a.is" }))).toEqual(["email lost side-restored"]);
    const planned = takeAll(asked().hub, [{ ...observed("firestore", 30, {}, gone), lineage: "second" }], policy);
    expect(lost(planned)).toEqual(["name lost side-restored", "email lost side-restored", "facebook lost side-restored"]);
  });

  test("loses nothing where the document is in the backup as it was", () => {
    expect(lost(restored(ANEW))).toEqual([]);
  });
});

describe("a decision on a new document", () => {
  test("that the member lives begins a new life with it, and with no field of the first one", () => {
    const planned = decide(asked(), { kind: "custom", value: "alive" });
    expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
    expect(planned.commands.find(({ side }) => side === "django")).toMatchObject({
      life: "alive",
      groups: { name: "Jón Nýi", email: "new@a.is", facebook: "fb" },
    });
    expect(planned.hub.groups["phone"]).toMatchObject({ value: null });
  });

  test("that the member lives writes nothing on the document before the new row has its id", () => {
    const planned = decide(asked(), { kind: "custom", value: "alive" });
    expect(planned.commands.filter(({ side }) => side === "firestore")).toEqual([]);
  });

  test("that the member stays deleted marks the document inactive, and the history names what it held", () => {
    const planned = decide(asked(), { kind: "django" });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "deleted", groups: {} });
    const lost = planned.history.flatMap(({ entries }) => entries).filter(({ outcome, group }) => outcome === "lost" && group !== LIFE);
    expect(lost.map(({ group, value, side }) => [group, value, side]).toSorted()).toEqual([
      ["email", "new@a.is", "firestore"],
      ["facebook", "fb", "firestore"],
      ["name", "Jón Nýi", "firestore"],
    ]);
  });
});

describe("staff's word on a member with a new document", () => {
  test("reactivating the row ends the question, and the document is read as content that is simply there", () => {
    const manual = policyOf({ groups: { email: { kind: "manual" }, name: { kind: "owner", side: "firestore" } } });
    const planned = plan(asked("inactive").hub, [observed("django", 3, JON, { changedAt: NOON + HOUR })], manual, NOON + HOUR);
    expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 1 });
    expect(planned.conflicts.map(({ group, state, cause }) => [group, state, cause]).toSorted()).toEqual([
      ["email", "open", "concurrent"],
      [LIFE, "converged", "recreated"],
    ]);
    expect(planned.hub.groups).toMatchObject({ name: { value: "Jón Nýi" }, facebook: { value: "fb" } });
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { name: "Jón Nýi", facebook: "fb" } },
      { side: "firestore", groups: { phone: "555" } },
    ]);
  });

  test("making the row anew begins a new life with the row's record", () => {
    const planned = takeAll(asked().hub, [observed("django", 3, { name: "Jón Staff", email: "staff@a.is" }, { djangoId: 8 })]);
    expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
    expect(planned.conflicts).toMatchObject([{ group: LIFE, state: "superseded" }]);
    expect(outcomes(planned)).toContain("email lost new-life");
  });

  test("and then what only the document held ends in the history, too (P1)", () => {
    const planned = takeAll(asked().hub, [observed("django", 3, { name: "Jón Staff", email: "staff@a.is" }, { djangoId: 8 })]);
    const ended = planned.history.flatMap(({ entries }) => entries).filter(({ group }) => group === "facebook");
    expect(ended).not.toEqual([]);
  });
});
