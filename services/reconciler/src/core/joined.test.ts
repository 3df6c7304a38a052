import { describe, expect, test } from "vitest";
import { LIFE } from "./hub.ts";
import { plan } from "./plan.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

/** Both sides are heard of for the first time, and one of them has the member inactive or removed. */

const gone = { life: "missing", djangoId: null } as const;
const inactive = { life: "deleted" } as const;
const deactivating = policyOf({ firestoreDelete: "deactivate" });

describe("two sides that meet, one with the member marked inactive", () => {
  test("inactive in Django, active in Firestore: a person is asked", () => {
    const planned = takeAll(undefined, [observed("firestore", 10, JON), observed("django", 1, JON, inactive)]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "delete-edit" }]);
  });

  test("inactive in Firestore, active in Django: status is Django's to say, and goes to Firestore", () => {
    const planned = takeAll(undefined, [observed("django", 1, JON), observed("firestore", 10, JON, { ...inactive, djangoId: 7 })]);
    expect(planned.conflicts).toEqual([]);
    expect(planned.hub.life).toMatchObject({ state: "alive" });
    const answeredCreate = takeAll(undefined, [observed("django", 1, JON)]);
    const { writeId } = only(answeredCreate.commands);
    const stale = observed("firestore", 10, JON, { ...inactive, djangoId: 7, answer: { writeId, status: "stale" } });
    expect(only(takeAll(answeredCreate.hub, [stale]).commands)).toMatchObject({ side: "firestore", life: "alive", expectRevision: "10" });
  });

  test("heard of in the other order it ends the same", () => {
    const planned = takeAll(undefined, [observed("firestore", 10, JON, inactive), observed("django", 1, JON)]);
    expect(planned.hub.life).toMatchObject({ state: "alive", side: "django" });
    expect(outcomes(planned)).toContain("life accepted owner-django");
  });

  test("inactive on both: that is agreed, and nothing is sent but the Django id", () => {
    const planned = takeAll(undefined, [
      observed("django", 1, JON, inactive),
      observed("firestore", 10, JON, { ...inactive, djangoId: 7 }),
    ]);
    expect(planned).toMatchObject({ commands: [], conflicts: [], hub: { life: { state: "deleted" } } });
  });
});

describe("two sides that meet, one without the member any more", () => {
  test("removed from Firestore and active in Django: a person is asked", () => {
    const planned = takeAll(undefined, [observed("firestore", 10, {}, gone), observed("django", 1, JON)]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "delete-review" }]);
  });

  test("removed from Django and active in Firestore: a person is asked", () => {
    const planned = takeAll(undefined, [observed("django", 1, {}, gone), observed("firestore", 10, JON)]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "delete-edit" }]);
  });
});

describe("a removal", () => {
  test("on both sides is one end of one life", () => {
    const first = takeAll(agreed(), [observed("django", 2, {}, gone)]);
    const planned = takeAll(first.hub, [observed("firestore", 11, {}, gone)], deactivating);
    expect(planned).toMatchObject({ commands: [], conflicts: [], hub: { life: { state: "deleted", ver: first.hub.life.ver } } });
  });

  test("heard of while the create is on its way says that the create had landed (P8)", () => {
    const created = takeAll(undefined, [observed("django", 1, JON)]);
    const { writeId } = only(created.commands);
    const answer = { writeId, status: "stale" as const };
    const planned = takeAll(created.hub, [observed("firestore", 10, {}, { ...gone, answer })]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "delete-edit" }]);
  });

  test("of which an answer tells that nothing of ours was ever there is no removal", () => {
    const created = takeAll(undefined, [observed("django", 1, JON)]);
    const answer = { writeId: "aaaaaaaaaaaaaaaaaaaa.f0.x", status: "stale" as const };
    const planned = takeAll(created.hub, [observed("firestore", 10, {}, { ...gone, answer })]);
    expect(planned.conflicts).toEqual([]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "alive", tombstone: "10" });
  });
});

test("a create that lands late, untouched since, is ended again: nobody made that life (P8)", () => {
  const created = takeAll(undefined, [observed("django", 1, JON)]);
  const late = only(created.commands);
  const removed = takeAll(created.hub, [observed("firestore", 10, {}, gone), observed("django", 2, {}, gone)]);
  for (const hub of [removed.hub, { ...removed.hub, lateCreates: [] }]) {
    const planned = takeAll(hub, [answered(late, 12, JON)]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "deleted", groups: {} });
  }
  const forgotten = { ...removed.hub, lateCreates: [] };
  expect(outcomes(takeAll(forgotten, [answered(late, 12, JON)]))).toContain("life refused late-write");
  const touched = takeAll(forgotten, [answered(late, 12, { ...JON, email: "member@a.is" })]);
  expect(touched.conflicts).toContainEqual(expect.objectContaining({ group: LIFE, cause: "delete-edit" }));
});

test("a new life tells what the first one held on either side, where that differs from it (P1)", () => {
  const paused = policyOf({ paused: true });
  const edited = takeAll(agreed(), [observed("django", 2, { ...JON, email: "staff@a.is", phone: "777" })], paused).hub;
  const dead = takeAll(edited, [observed("django", 3, {}, gone)], paused).hub;
  const reborn = takeAll(dead, [observed("django", 4, { name: "Jón Nýi", email: JON["email"] ?? null }, { djangoId: 8 })], paused);
  const lost = reborn.history.flatMap(({ entries }) => entries).filter(({ outcome }) => outcome === "lost");
  expect(lost.map(({ group, side, value }) => [group, side, value]).sort()).toEqual([
    ["email", "django", "staff@a.is"],
    ["name", "django", "Jón"],
    ["phone", "django", "777"],
    ["phone", "firestore", "555"],
  ]);
});

test("a question about a member's life moves on with whatever is heard of it", () => {
  const asked = takeAll(agreed(), [observed("firestore", 11, {}, gone)]);
  const again = takeAll(asked.hub, [observed("firestore", 12, {}, gone)]);
  expect(again.hub.life.parked).toEqual({ ...asked.hub.life.parked, step: again.hub.rev });
});

test("what is taken in together may come in any order", () => {
  const told = [
    observed("django", 2, { ...JON, email: "staff@a.is" }),
    observed("firestore", 11, { ...JON, email: "member@a.is" }, { djangoId: 7 }),
    observed("firestore", 12, { ...JON, email: "member@b.is" }, { djangoId: 7 }),
  ];
  expect(plan(agreed(), told.toReversed(), DEFAULTS, NOON)).toEqual(plan(agreed(), told, DEFAULTS, NOON));
});
