import { describe, expect, test } from "vitest";
import { plan } from "./plan.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { HOUR, NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, takeAll } from "./testing/steps.ts";

const { email: _, ...WITHOUT_EMAIL } = JON;
const document = (revision: number, record: Observation["record"], more: Partial<Observation> = {}) =>
  observed("firestore", revision, record, { djangoId: 7, ...more });

/** The event of the write that removed the field: it was there before. */
const removal = document(11, { ...WITHOUT_EMAIL, email: null });
/** The event of the next write: the field was not there before either, and what only we write is, so it was cleared. */
const next = document(12, { ...WITHOUT_EMAIL, email: null, phone: "777" });

/** A command is in flight when the field is removed. Its stale answer may come of an older tracker, which cannot tell a removal. */
function staleAnswer(revision: number, record: Observation["record"]) {
  const edit = takeAll(agreed(), [observed("django", 2, { ...JON, name: "Jón Ó." })]);
  const answer = { writeId: only(edit.commands).writeId, status: "stale" } as const;
  return takeAll(edit.hub, [document(revision, record, { answer, unknown: ["email"] })]);
}

describe("a field that a member removed is cleared on both sides, in whatever order this is heard of (P6)", () => {
  test("the stale answer first, and then the event: the old value is not written back in between", () => {
    const stale = staleAnswer(11, WITHOUT_EMAIL);
    expect(only(stale.commands)).toMatchObject({ side: "firestore", groups: { name: "Jón Ó." } });
    expect(only(stale.commands).groups).not.toHaveProperty("email");
    const told = takeAll(stale.hub, [removal]);
    expect(told.hub.groups["email"]).toMatchObject({ value: null });
    expect(told.commands).toMatchObject([{ side: "django", groups: { email: null } }]);
  });

  test("the event first, and then the stale answer", () => {
    const edit = takeAll(agreed(), [observed("django", 2, { ...JON, name: "Jón Ó." })]);
    const answer = { writeId: only(edit.commands).writeId, status: "stale" } as const;
    const planned = takeAll(edit.hub, [removal, document(11, WITHOUT_EMAIL, { answer, unknown: ["email"] })]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: null });
  });

  test("both events in order, or taken in together", () => {
    expect(takeAll(agreed(), [removal, next]).hub.groups["email"]).toMatchObject({ value: null });
    expect(plan(agreed(), [next, removal], DEFAULTS, NOON).hub.groups["email"]).toMatchObject({ value: null });
  });

  test("the event of a later write first, which does not carry the field, and then the event that removed it", () => {
    expect(takeAll(agreed(), [next, removal]).hub.groups["email"]).toMatchObject({ value: null });
  });

  test("a stale answer, then the event of a later write, and then the event that removed it", () => {
    const stale = staleAnswer(12, { ...WITHOUT_EMAIL, phone: "777" });
    expect(takeAll(stale.hub, [next, removal]).hub.groups["email"]).toMatchObject({ value: null });
  });
});

describe("a row of another id under the same kennitala is another life, though nobody heard of the removal (P8)", () => {
  const anew = observed("django", 5, { name: "Jón Nýi" }, { djangoId: 8 });

  test("and no field of the first one flows into it", () => {
    const planned = takeAll(agreed(), [anew]);
    expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
    expect(planned.hub.groups).toMatchObject({ name: { value: "Jón Nýi" }, email: { value: null }, phone: { value: null } });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", djangoId: 8, groups: { name: "Jón Nýi", email: null, phone: null } });
  });

  test("but a side that tells no id says nothing of that", () => {
    expect(takeAll(agreed(), [{ ...anew, djangoId: null }]).hub.life).toMatchObject({ incarnation: 1 });
  });
});

test("the history of a hub that was lost and began anew overwrites no record of the first one", () => {
  const first = observed("django", 1, JON);
  const idAt = (now: number) => plan(undefined, [first], DEFAULTS, now).history[0]?.id;
  expect(idAt(NOON + HOUR)).not.toBe(idAt(NOON));
  expect(idAt(NOON)).toBe(idAt(NOON));
});
