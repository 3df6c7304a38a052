import { describe, expect, test } from "vitest";
import type { Hub } from "./hub.ts";
import { waitingIn } from "./hold.ts";
import { isInSync } from "./in-sync.ts";
import { plan, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const before = { lineage: "first" } as const;
const after = { lineage: "second" } as const;
const linked = { djangoId: 7 } as const;

/** Django is known at revision 9 and is restored from a dump in which it stood at 3. */
function knownAtNine(): Hub {
  const hub = takeAll(agreed(), [observed("django", 9, { ...JON, phone: "999" }, before)]);
  return takeAll(hub.hub, [answered(only(hub.commands), 20, { ...JON, phone: "999" })]).hub;
}

const manual = (changes: Partial<Policy> = {}) =>
  policyOf({ groups: { email: { kind: "manual" }, phone: { kind: "manual" }, name: { kind: "manual" } }, ...changes });
const restores = { django: { lineage: "second", ended: ["first"], confirmedAt: NOON + HOUR } };
const confirmed = manual({ restores });
const planAt = (hub: Hub, observations: Parameters<typeof plan>[1], policy: Policy): Plan =>
  plan(hub, observations, policy, NOON + 2 * HOUR);

const staffEdit = observed("django", 4, { ...JON, email: "staff@a.is" }, after);

describe("Django restored from a dump (A.3)", () => {
  test("is recognised by its lineage: its word waits, nothing is sent there, and the history says so", () => {
    const planned = planAt(knownAtNine(), [staffEdit], manual());
    expect(planned.commands).toEqual([]);
    expect(planned.history[0]?.entries).toMatchObject([
      { outcome: "suspended", rule: "side-restored", side: "django", value: "second", other: "first" },
    ]);
    expect(waitingIn(planned.hub, policyOf())).toMatchObject([{ revision: "4", record: { email: "staff@a.is" } }]);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("the portal's edits wait while nobody has confirmed the restore", () => {
    const { hub } = planAt(knownAtNine(), [staffEdit], manual());
    const portal = planAt(hub, [observed("firestore", 21, { ...JON, phone: "111" }, linked)], manual());
    expect(portal.commands).toEqual([]);
    expect(portal.hub.groups["phone"]).toMatchObject({ value: "111" });
  });

  test("once an operator confirms it, staff's edit and what differs go by policy, and not as new edits", () => {
    const { hub } = planAt(knownAtNine(), [staffEdit], manual());
    const planned = planAt(hub, waitingIn(hub, confirmed), confirmed);
    expect(planned.conflicts).toMatchObject([
      { group: "email", django: { value: "staff@a.is" }, firestore: { value: "jon@a.is" } },
      { group: "phone", django: { value: "555" }, firestore: { value: "999" } },
    ]);
    expect(outcomes(planned)[0]).toBe("life restored restore-confirmed");
    expect(planned.hub.waiting).toEqual({});
    expect(planned.hub.sides.django).toMatchObject({ revision: "4", lineage: "second" });
  });

  test("what equals the hub is agreed, and then the two sides are in sync again", () => {
    const same = observed("django", 4, { ...JON, phone: "999" }, after);
    const { hub } = planAt(knownAtNine(), [same], manual());
    const planned = planAt(hub, waitingIn(hub, confirmed), confirmed);
    expect(planned).toMatchObject({ commands: [], conflicts: [] });
    expect(isInSync(planned.hub)).toBe(true);
  });

  test("is recognised by an answer below the revision that we knew, where nobody renewed the lineage", () => {
    const own = observed("firestore", 21, { ...JON, phone: "999", email: "own@a.is" }, linked);
    const portal = planAt(knownAtNine(), [own], manual());
    const { writeId } = only(portal.commands);
    const stale = observed("django", 4, { ...JON, email: "staff@a.is" }, { ...before, answer: { writeId, status: "stale" } });
    const planned = planAt(portal.hub, [stale], manual());
    expect(planned.commands).toEqual([]);
    expect(planned.history[0]?.entries).toMatchObject([{ outcome: "suspended", side: "django" }]);
    const unnamed = manual({ restores: { django: { lineage: null, ended: [], confirmedAt: NOON + HOUR } } });
    expect(planAt(planned.hub, waitingIn(planned.hub, unnamed), unnamed).conflicts).toMatchObject([
      { group: "email", django: { value: "staff@a.is" }, firestore: { value: "own@a.is" } },
      { group: "phone" },
    ]);
  });

  test("a message of the history that ended is late, however high its revision", () => {
    const { hub } = planAt(knownAtNine(), [staffEdit], manual());
    const restored = planAt(hub, waitingIn(hub, confirmed), confirmed);
    const late = observed("django", 12, { ...JON, email: "old@a.is" }, before);
    expect(planAt(restored.hub, [late], confirmed)).toMatchObject({ changed: false });
  });

  test("a second restore is recognised as well", () => {
    const { hub } = planAt(knownAtNine(), [staffEdit], manual());
    const restored = planAt(hub, waitingIn(hub, confirmed), confirmed);
    const again = planAt(restored.hub, [observed("django", 2, JON, { lineage: "third" })], confirmed);
    expect(again.history[0]?.entries).toMatchObject([{ outcome: "suspended", value: "third", other: "second" }]);
  });

  test("a member who came after the dump is created again, and one who is back is asked about", () => {
    const gone = observed("django", 0, {}, { life: "missing", djangoId: null, ...after });
    const { hub } = planAt(knownAtNine(), [gone], manual());
    expect(only(planAt(hub, waitingIn(hub, confirmed), confirmed).commands)).toMatchObject({
      side: "django",
      life: "alive",
      groups: { phone: "999" },
    });
    const removed = planAt(knownAtNine(), [observed("django", 10, {}, { life: "missing", djangoId: null, ...before })], manual()).hub;
    const back = planAt(removed, [staffEdit], manual()).hub;
    expect(planAt(back, waitingIn(back, confirmed), confirmed).conflicts).toContainEqual(
      expect.objectContaining({ group: "life", cause: "delete-edit" }),
    );
  });

  test("a member first heard of after the confirmation was read under it: the next restore is recognised for them, too", () => {
    const first = planAt(knownAtNine(), [], confirmed).hub;
    const { hub } = plan(undefined, [observed("django", 1, JON, after)], confirmed, NOON + 2 * HOUR);
    expect(hub.sides.django).toMatchObject({ restoredAt: NOON + HOUR });
    expect(first.sides.django?.restoredAt).toBeUndefined();
    const again = planAt(hub, [observed("django", 1, JON, { lineage: "third" })], confirmed);
    expect(again.history[0]?.entries).toMatchObject([{ outcome: "suspended" }]);
  });

  test("commands name the lineage that they expect", () => {
    const portal = planAt(knownAtNine(), [observed("firestore", 21, { ...JON, email: "own@a.is" }, linked)], manual());
    expect(only(portal.commands)).toMatchObject({ side: "django", lineage: "first", expectRevision: "9" });
  });
});
