import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { OWN_MARK, withoutOldMark } from "./old-mark.ts";
import { plan } from "./plan.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const document = (revision: number, writeId: string | null, record = JON, more: Partial<Observation> = {}) =>
  observed("firestore", revision, record, { djangoId: 7, writeId, ...more });
const staff = (revision: number, phone: string) => observed("django", revision, { ...JON, phone });
const markOf = ({ sides }: Hub) => sides.firestore?.mark ?? "none";

const PHONE: Observation["record"] = { ...JON, phone: "556" };

/** A member whose document had `first` as our mark, and has `second` now, at revision 11. */
function twiceMarked() {
  const before = agreed();
  const sent = takeAll(before, [staff(2, "556")]);
  const { hub } = takeAll(sent.hub, [answered(only(sent.commands), 11, PHONE)]);
  return { hub, first: markOf(before), second: markOf(hub) };
}

describe("a mark of ours that a later one had replaced, in the document again", () => {
  const { hub, first, second } = twiceMarked();
  const putBack = (record: Observation["record"] = PHONE) => takeAll(hub, [document(12, first, record)]);

  test("is written anew by the next command, and the member is not in sync until then", () => {
    const planned = putBack();
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: {}, life: "alive", expectRevision: "12" });
    expect(planned.hub.sides.firestore).toMatchObject({ tampered: [OWN_MARK], mark: second });
    expect(isInSync({ ...planned.hub, out: {} })).toBe(false);
    const written = takeAll(planned.hub, [answered(only(planned.commands), 13, PHONE)]);
    expect(written).toMatchObject({ commands: [], conflicts: [] });
    expect(markOf(written.hub)).toBe(only(planned.commands).writeId);
    expect(isInSync(written.hub)).toBe(true);
  });

  test("hides no edit that comes with it", () => {
    const planned = putBack({ ...PHONE, email: "own@a.is" });
    expect(outcomes(planned)).toEqual(["email accepted newer"]);
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { email: "own@a.is" } },
      { side: "firestore", groups: {}, life: "alive" },
    ]);
  });

  test("is written anew although another edit overtakes the command, and leaves the mark where it is", () => {
    const planned = takeAll(putBack().hub, [document(13, first, { ...PHONE, email: "own@a.is" })]);
    expect(planned.commands).toContainEqual(expect.objectContaining({ side: "firestore", expectRevision: "13", groups: {} }));
  });

  test("is found by a read as well, beside another protected path", () => {
    const answer = { writeId: "look.n.1.f.aaaaaaaaaaaaaaaaaaaa", status: "stale" } as const;
    const planned = takeAll(hub, [document(12, first, PHONE, { answer, tampered: ["membership.status"] })]);
    expect(planned.hub.sides.firestore?.tampered).toEqual(["membership.status", OWN_MARK]);
  });

  test("is let be after a while, where a program puts it back after each of our writes (P3)", () => {
    let planned = putBack();
    let times = 0;
    for (let revision = 13; planned.commands.length > 0 && times < 40; revision += 2, times += 1) {
      const written = takeAll(planned.hub, [answered(only(planned.commands), revision, PHONE)]).hub;
      planned = takeAll(written, [document(revision + 1, first, PHONE)]);
    }
    expect(times).toBe(12);
  });
});

describe("a mark of ours that a client removed alone (A.6)", () => {
  const { hub, second } = twiceMarked();
  const unmarked = { unmarked: true } as const;
  const removed = (known: Hub, revision: number) => takeAll(known, [document(revision, markOf(known), PHONE, unmarked)]);
  const written = { commands: [{ side: "firestore", groups: {}, life: "alive" }] };

  test("is written anew by the next command, and the member is not in sync until then", () => {
    const planned = removed(hub, 12);
    expect(planned).toMatchObject(written);
    expect(isInSync({ ...planned.hub, out: {} })).toBe(false);
    const landed = takeAll(planned.hub, [answered(only(planned.commands), 13, PHONE)]);
    expect(landed).toMatchObject({ commands: [], conflicts: [] });
    expect(isInSync(landed.hub)).toBe(true);
  });

  test("is written anew where the removal itself was never heard of: the hub knows that there was a mark", () => {
    expect(takeAll(hub, [document(12, null, PHONE, unmarked)])).toMatchObject(written);
  });

  test("is written anew though another edit overtakes the command", () => {
    const edited = document(13, null, { ...PHONE, email: "own@a.is" }, unmarked);
    const planned = takeAll(removed(hub, 12).hub, [edited]);
    expect(planned.commands).toContainEqual(expect.objectContaining({ side: "firestore", expectRevision: "13", groups: {} }));
  });

  test("is written anew where it was of the create that is in flight still", () => {
    const created = takeAll(undefined, [staff(1, "555")]);
    const { writeId } = only(created.commands);
    expect(takeAll(created.hub, [document(11, writeId, JON, unmarked)])).toMatchObject(written);
  });

  test("is let be after a while, where a program removes it after each of our writes (P3)", () => {
    let planned = removed(hub, 12);
    let times = 0;
    for (let revision = 13; planned.commands.length > 0 && times < 40; revision += 2, times += 1)
      planned = removed(takeAll(planned.hub, [answered(only(planned.commands), revision, PHONE)]).hub, revision + 1);
    expect(times).toBe(12);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("is not looked for in a document that we never wrote to, in another one made since, or where there is none", () => {
    const registered = document(10, null, JON, unmarked);
    expect(withoutOldMark({ ...hub, sides: {} }, registered)).toBe(registered);
    const { firestore } = takeAll(undefined, [registered]).hub.sides;
    expect(firestore?.tampered).toBeUndefined();
    const edited = document(11, null, PHONE, unmarked);
    expect(withoutOldMark({ ...hub, sides: firestore === undefined ? {} : { firestore } }, edited)).toBe(edited);
    const another = document(14, null, PHONE, { ...unmarked, created: "14" });
    expect(withoutOldMark(hub, another)).toBe(another);
    expect(second).not.toBe("none");
  });
});

describe("a mark that stays, or is newer, is not old", () => {
  const { hub, first, second } = twiceMarked();

  test("where fields change and the mark stays", () => {
    const planned = takeAll(hub, [document(12, second, { ...PHONE, email: "own@a.is" })]);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { email: "own@a.is" } });
    expect(planned.hub.sides.firestore?.tampered).toBeUndefined();
  });

  test("where an edit over our write is heard before the answer to that write, which is late then", () => {
    const sent = takeAll(hub, [staff(3, "557")]);
    const { writeId } = only(sent.commands);
    const edited = takeAll(sent.hub, [document(13, writeId, { ...JON, phone: "557", email: "own@a.is" })]);
    expect(only(edited.commands)).toMatchObject({ side: "django", groups: { email: "own@a.is" } });
    expect(markOf(edited.hub)).toBe(writeId);
    const late = answered(only(sent.commands), 12, { ...JON, phone: "557" });
    expect(takeAll(edited.hub, [late])).toMatchObject({ changed: false });
  });

  test("where an edit under the mark of our last write is heard while the next one is in flight", () => {
    const sent = takeAll(hub, [staff(3, "557")]);
    const planned = takeAll(sent.hub, [document(12, second, { ...PHONE, email: "own@a.is" })]);
    expect(planned.hub.sides.firestore?.tampered).toBeUndefined();
  });

  test("where two writes of ours are heard in reverse, or again", () => {
    const old = document(10, first, JON);
    expect(takeAll(hub, [old, old])).toMatchObject({ changed: false });
    const both = plan(hub, [document(12, second, { ...PHONE, email: "own@a.is" }), old], policyOf(), NOON);
    expect(both.hub.sides.firestore).toMatchObject({ revision: "12", mark: second });
    expect(both.hub.sides.firestore?.tampered).toBeUndefined();
  });

  test("where the document had no mark of ours that we know of", () => {
    const { firestore } = hub.sides;
    if (firestore === undefined) throw new Error("the document is known");
    const { mark: _, ...unmarked } = firestore;
    const planned = takeAll({ ...hub, sides: { ...hub.sides, firestore: unmarked } }, [document(12, first, PHONE)]);
    expect(planned).toMatchObject({ commands: [] });
    expect(markOf(planned.hub)).toBe(first);
  });

  test("where the document was removed and made again: then who made it decides what becomes of it", () => {
    const removed = takeAll(hub, [document(12, null, {}, { life: "missing", djangoId: null })]).hub;
    for (const known of [hub, removed]) {
      const appeared = document(14, first, PHONE, { created: "14" });
      expect(withoutOldMark(known, appeared)).toBe(appeared);
    }
  });

  test("where a removal carries it, and where a create of ours may have landed late", () => {
    const removal = document(12, first, {}, { life: "missing" });
    expect(withoutOldMark(hub, removal)).toBe(removal);
    const create = { writeId: first, expectRevision: null, groups: {}, vers: {}, djangoId: 7, emittedAt: NOON };
    const landed = document(12, first, PHONE);
    expect(withoutOldMark({ ...hub, lateCreates: [create] }, landed)).toBe(landed);
  });

  test("where Django names it: no client writes there", () => {
    const { hub: known } = takeAll(hub, [observed("django", 3, PHONE, { writeId: "w1" }), observed("django", 4, PHONE, { writeId: "w2" })]);
    const older = observed("django", 5, PHONE, { writeId: "w1" });
    expect(withoutOldMark(known, older)).toBe(older);
  });
});
