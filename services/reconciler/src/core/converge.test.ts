import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";
import { plan } from "./plan.ts";
import { answered, NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const gone = { life: "missing", djangoId: null } as const;
const staff = (revision: number, email: string | null) => observed("django", revision, { ...JON, email });
const member = (revision: number, email: string | null) => observed("firestore", revision, { ...JON, email }, { djangoId: 7 });

/** A member whose e-mail address both sides changed, neither having seen the other. */
function contested(edits: readonly Observation[] = [staff(2, "staff@a.is"), member(11, "member@a.is")]): Hub {
  return plan(agreed(), edits, DEFAULTS, NOON).hub;
}

describe("a conflict closes when the sides are equal again", () => {
  test("because one of them took the other's value", () => {
    const planned = takeAll(contested(), [member(12, "staff@a.is")]);
    expect(planned.conflicts).toMatchObject([{ group: "email", state: "converged" }]);
    expect(outcomes(planned)).toEqual(["email converged equal-again"]);
    expect(planned.commands).toEqual([]);
  });

  test("because a write of ours, emitted before the conflict, landed on it", () => {
    const edit = takeAll(agreed(), [member(11, "member@a.is")]);
    const { hub } = takeAll(edit.hub, [staff(2, "staff@a.is")]);
    const parked = { ...hub, out: edit.hub.out };
    const planned = takeAll(parked, [answered(only(edit.commands), 3, { ...JON, email: "member@a.is" })]);
    expect(planned.conflicts).toMatchObject([{ group: "email", state: "converged" }]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: "member@a.is" });
    expect(planned.commands).toEqual([]);
  });

  test("because such a write landed that the hub has taken another value over since", () => {
    const edit = takeAll(agreed(), [member(11, "member@a.is")]);
    const parked = { ...contested(), out: edit.hub.out };
    expect(parked.groups["email"]).toMatchObject({ value: "staff@a.is" });
    const planned = takeAll(parked, [answered(only(edit.commands), 3, { ...JON, email: "member@a.is" })]);
    expect(planned.conflicts).toMatchObject([{ group: "email", state: "converged" }]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: "member@a.is", side: "django" });
    expect(planned.commands).toEqual([]);
  });

  test("not while the other side has nobody", () => {
    const edit = takeAll(agreed(), [member(11, "member@a.is")]);
    const removed = takeAll(contested(), [observed("firestore", 12, {}, gone)]).hub;
    const landing = answered(only(edit.commands), 3, { ...JON, email: "member@a.is" });
    expect(takeAll({ ...removed, out: edit.hub.out }, [landing]).hub.groups["email"]?.parked).toBeDefined();
  });

  test("not because a side that lost the member holds nothing, and the other one cleared the value", () => {
    const removed = takeAll(contested(), [observed("firestore", 12, {}, gone)]).hub;
    const planned = takeAll(removed, [staff(3, null)]);
    expect(planned.conflicts.filter(({ state }) => state !== "open")).toEqual([]);
    expect(planned.hub.groups["email"]?.parked).toBeDefined();
  });
});
