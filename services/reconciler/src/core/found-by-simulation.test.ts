import { describe, expect, test } from "vitest";
import { hold, waitingIn } from "./hold.ts";
import type { Hub } from "./hub.ts";
import { planDecision } from "./plan-decision.ts";
import { plan } from "./plan.ts";
import { answered, fieldMapOf, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, takeAll } from "./testing/steps.ts";

/** Faults that simulated histories have shown: each is the smallest case of one, with the seed that showed it. */

const before = { lineage: "first" } as const;
const after = { lineage: "second" } as const;
const linked = { djangoId: 7 } as const;
const later = NOON + 2 * HOUR;
const manual = policyOf({ groups: { email: { kind: "manual" }, phone: { kind: "manual" }, name: { kind: "manual" } } });
const confirmed = { ...manual, restores: { django: { lineage: "second", ended: ["first"], confirmedAt: NOON + HOUR } } };
const entriesOf = (planned: ReturnType<typeof plan>) => planned.history.flatMap(({ entries }) => entries);

/** Both sides are known, and Django is known under its first lineage. */
function known(): Hub {
  return takeAll(agreed(), [observed("django", 9, JON, before)], manual).hub;
}

describe("a restored side", () => {
  // Seed 11 of the simulation with OPEN.waitingIsReplaced: false.
  test("replaces what waits of a member never planned, and the history says that it is lost", () => {
    const held = hold(undefined, [observed("django", 5, { ...JON, email: "staff@a.is" }, before)], manual, NOON);
    const replaced = hold(held.hub, [observed("django", 3, JON, after)], manual, later);
    const planned = plan(replaced.hub, waitingIn(replaced.hub, confirmed), confirmed, later);
    const told = [...entriesOf(replaced), ...entriesOf(planned)];
    expect(told).toContainEqual(expect.objectContaining({ group: "email", outcome: "lost", value: "staff@a.is" }));
  });

  // Seed 466179.
  test("keeps its newer state that waits, when an older one of it is heard after the confirmation", () => {
    const held = plan(known(), [observed("django", 6, { ...JON, email: "staff@a.is" }, after)], manual, NOON);
    expect(plan(held.hub, [observed("django", 4, JON, after)], confirmed, later).changed).toBe(false);
    expect(plan(held.hub, [observed("django", 6, { ...JON, email: "staff@a.is" }, after)], manual, later).changed).toBe(false);
    const planned = plan(held.hub, waitingIn(held.hub, confirmed), confirmed, later);
    expect(planned.conflicts).toMatchObject([{ group: "email", django: { value: "staff@a.is" } }]);
  });

  // Seed 426730.
  test("that had rejected a field of our write does not count as having seen it", () => {
    const edited = plan(known(), [observed("firestore", 11, { ...JON, name: "new", email: "own@a.is" }, linked)], manual, NOON);
    const rejected = { email: { code: "invalid", message: "Enter a valid email address." } };
    const { writeId } = only(edited.commands.filter(({ side }) => side === "django"));
    const read = observed("django", 10, { ...JON, name: "new" }, { ...after, writeId, rejected });
    const planned = plan(edited.hub, [read], confirmed, later);
    expect(planned.conflicts).toMatchObject([{ group: "email", django: { value: JON.email }, firestore: { value: "own@a.is" } }]);
  });

  // Seed 522784.
  test("on which a first create lands that an older history had ended is not edited by it", () => {
    const first = plan(undefined, [observed("firestore", 10, JON)], manual, NOON);
    const create = only(first.commands);
    const told = plan(first.hub, [observed("django", 1, { ...JON, email: null }, before)], manual, NOON + 1);
    const edited = plan(told.hub, [observed("firestore", 11, { ...JON, email: "new@a.is" })], manual, NOON + 2);
    const gone = plan(edited.hub, [observed("django", 0, {}, { ...after, life: "missing", djangoId: null })], confirmed, later);
    const landed = plan(gone.hub, [observed("django", 1, JON, { ...after, writeId: create.writeId })], confirmed, later + 1);
    expect(landed).toMatchObject({ conflicts: [], hub: { groups: { email: { value: "new@a.is" } } } });
    expect(landed.commands).toMatchObject([{ side: "django", groups: { email: "new@a.is" } }]);
  });

  // Seed 30. The revisions of Firestore are times: they go on after a restore.
  test("replaces what waits of a member never planned with a newer state, and the history says what is lost", () => {
    const held = hold(undefined, [observed("firestore", 50, { ...JON, email: "own@a.is", phone: "777" }, { lineage: "a" })], manual, NOON);
    const replaced = hold(held.hub, [observed("firestore", 60, { ...JON, phone: "777" }, { lineage: "b" })], manual, later);
    expect(waitingIn(replaced.hub, manual)).toMatchObject([{ revision: "60" }]);
    expect(entriesOf(replaced).map(({ group, outcome, value }) => [group, outcome, value])).toEqual([["email", "lost", "own@a.is"]]);
  });

  // Seed 3120.
  test("that is restored once more loses what waited for the first confirmation, and the history says so", () => {
    const first = plan(known(), [observed("django", 4, { ...JON, email: "between@a.is" }, after)], manual, NOON);
    const second = plan(first.hub, [observed("django", 2, JON, { lineage: "third" })], manual, later);
    expect(entriesOf(second)).toContainEqual(expect.objectContaining({ group: "email", outcome: "lost", value: "between@a.is" }));
  });

  // Seed 592 of the simulation with OPEN.conflictLosesRestoredValue: false.
  test("no longer holds the value that it gave to an open conflict, and the history says that it is lost", () => {
    const staff = plan(known(), [observed("django", 10, { ...JON, email: "staff@a.is" }, before)], manual, NOON);
    const contested = plan(staff.hub, [observed("firestore", 21, { ...JON, email: "own@a.is" }, linked)], manual, NOON);
    expect(contested.conflicts).toMatchObject([{ group: "email", state: "open" }]);
    const planned = plan(contested.hub, [observed("django", 4, JON, after)], confirmed, later);
    expect(entriesOf(planned)).toContainEqual(expect.objectContaining({ group: "email", outcome: "lost", value: "staff@a.is" }));
  });

  test("still holds the value that it gave to an open conflict: nothing is lost", () => {
    const staff = plan(known(), [observed("django", 10, { ...JON, email: "staff@a.is" }, before)], manual, NOON);
    const contested = plan(staff.hub, [observed("firestore", 21, { ...JON, email: "own@a.is" }, linked)], manual, NOON);
    const planned = plan(contested.hub, [observed("django", 4, { ...JON, email: "staff@a.is" }, after)], confirmed, later);
    expect(entriesOf(planned).filter(({ outcome }) => outcome === "lost")).toEqual([]);
    expect(planned.conflicts).toMatchObject([{ group: "email", state: "open" }]);
  });

  // Seed 3960.
  test("was edited before and after its restore, and a person is asked: the edit from before is shown nowhere and recorded as lost", () => {
    const staff = plan(known(), [observed("django", 10, { ...JON, email: "then@a.is" }, before)], manual, NOON);
    const planned = plan(staff.hub, [observed("django", 5, { ...JON, email: "now@a.is" }, after)], confirmed, later);
    expect(planned.conflicts).toMatchObject([{ group: "email", django: { value: "now@a.is" }, firestore: { value: JON.email } }]);
    expect(entriesOf(planned)).toContainEqual(expect.objectContaining({ group: "email", outcome: "lost", value: "then@a.is" }));
  });

  // Seed 147370.
  test("lost a value that had not reached the other side, where an edit follows: a person is asked, and the value is recorded as lost", () => {
    const staff = plan(known(), [observed("django", 10, { ...JON, email: "staff@a.is" }, before)], manual, NOON);
    const gone = observed("django", 0, {}, { life: "missing", djangoId: null, ...after });
    const own = observed("firestore", 21, { ...JON, email: "own@a.is" }, linked);
    const planned = plan(staff.hub, [gone, own], confirmed, later);
    expect(planned.conflicts).toMatchObject([{ group: "email", django: { value: null }, firestore: { value: "own@a.is" } }]);
    expect(entriesOf(planned)).toContainEqual(
      expect.objectContaining({ group: "email", outcome: "lost", side: "django", value: "staff@a.is", rule: "side-restored" }),
    );
  });

  // Seed 143368.
  test("lost a value that the other side rejected, and is edited: a person is asked, and the value is recorded as lost", () => {
    const restores = { firestore: { lineage: "b", ended: ["a"], confirmedAt: NOON + HOUR } };
    const linkedTo = (lineage: string) => ({ ...linked, lineage });
    const agreedIn = takeAll(agreed(), [observed("firestore", 20, JON, linkedTo("a"))], manual).hub;
    const own = plan(agreedIn, [observed("firestore", 21, { ...JON, email: "then@a.is" }, linkedTo("a"))], manual, NOON);
    const { email: _none, ...old } = JON;
    const restored = plan(own.hub, [observed("firestore", 30, old, linkedTo("b"))], { ...manual, restores }, later);
    const rejected = { email: { code: "invalid", message: "Enter a valid e-mail address." } };
    const answer = { writeId: only(own.commands).writeId, status: "rejected", rejected } as const;
    const refused = plan(restored.hub, [observed("django", 1, JON, { answer })], { ...manual, restores }, later);
    expect(refused.conflicts).toMatchObject([{ group: "email", cause: "rejected" }]);
    const now = observed("firestore", 31, { ...JON, email: "now@a.is" }, linkedTo("b"));
    const planned = plan(refused.hub, [now], { ...manual, restores }, later);
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "email", cause: "concurrent", state: "open" }));
    expect(entriesOf(planned)).toContainEqual(
      expect.objectContaining({ group: "email", outcome: "lost", side: "firestore", value: "then@a.is", rule: "side-restored" }),
    );
  });

  test("undid nothing of a decision made since, which no side holds yet when an edit contests it", () => {
    const closed = { ...confirmed, direction: "to-firestore" } as const;
    const staff = plan(known(), [observed("django", 4, { ...JON, email: "staff@a.is" }, after)], closed, later);
    const conflict = staff.conflicts.find(({ group }) => group === "email");
    const choice = { kind: "custom", value: "chosen@a.is" } as const;
    const { id: conflictId = "", expected = "" } = conflict ?? {};
    const decided = planDecision(staff.hub, { conflictId, group: "email", choice, expected, actor: "anna", note: null }, closed, later + 1);
    if (typeof decided === "string") throw new Error(decided);
    const own = observed("firestore", 21, { ...JON, email: "own@a.is" }, linked);
    const planned = plan(decided.hub, [own], closed, later + 2);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "concurrent" }]);
    expect(entriesOf(planned).filter(({ outcome }) => outcome === "lost")).toEqual([]);
  });

  // Seed 507 of the simulation with OPEN.removalIsUndone: false. A member who came after the dump has revision 0 there.
  test("where a member was removed asks a person before the member is created again", () => {
    const gone = observed("django", 10, {}, { life: "missing", djangoId: null, ...after });
    const planned = plan(known(), [gone], confirmed, later);
    expect(planned.commands).toEqual([]);
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "life" }));
  });
});

describe("a field map that grows", () => {
  // Seed 448 of the simulation with OPEN.waitingForgetsItsMap: false.
  test("reads nothing into what waits since before: a group that was not mapped then is not absent", () => {
    const yesterday = policyOf({ fieldMap: fieldMapOf("old", { lacks: ["nickname"] }) });
    const today = policyOf({ fieldMap: fieldMapOf("new", { isNew: ["nickname"] }) });
    const held = hold(undefined, [observed("django", 5, JON)], yesterday, NOON);
    const both = hold(held.hub, [observed("firestore", 10, { ...JON, nickname: "own" }, linked)], today, later);
    const planned = plan(both.hub, waitingIn(both.hub, today), today, later);
    const toDjango = planned.commands.filter(({ side }) => side === "django");
    expect(toDjango.flatMap(({ groups }) => Object.keys(groups))).not.toContain("nickname");
  });
});

describe("an observation that waits", () => {
  const yesterday = policyOf({ fieldMap: fieldMapOf("old", { lacks: ["nickname"] }) });
  const today = policyOf({ fieldMap: fieldMapOf("new", { isNew: ["nickname"] }) });
  const waiting = hold(undefined, [observed("django", 5, JON)], yesterday, NOON).hub;

  test("gives way to the same state read with groups that have been mapped since", () => {
    const { hub } = hold(waiting, [observed("django", 5, { ...JON, nickname: "staff's" })], today, later);
    expect(waitingIn(hub, today)).toMatchObject([{ record: { nickname: "staff's" } }]);
  });

  test("stays when its state is read once more by a program that does not know those groups either", () => {
    const { hub } = hold(waiting, [observed("django", 5, JON, { unknown: ["nickname"] })], today, later);
    expect(hub.waiting.django?.map).toBe("old");
  });
});

describe("a create for Django", () => {
  const created = plan(undefined, [observed("firestore", 10, JON)], manual, NOON);

  // Seed 1216 of the simulation with OPEN.lookEndsCreate and oldCreateLandsAgain: false.
  test("stays in flight when a look finds nobody there: it may land all the same", () => {
    const { writeId } = only(created.commands);
    const looked = { life: "missing", djangoId: null, answer: { writeId: "look.1", status: "stale" } } as const;
    const planned = plan(created.hub, [observed("django", 0, {}, looked)], manual, NOON + 1);
    expect(planned.hub.out.django?.writeId).toBe(writeId);
  });

  // Seed 2553 of the simulation with OPEN.unmappedCreateLoops: false.
  test("is not sent again at once when Django rejects it whole and does not map one of its groups", () => {
    const rejected = {
      name: { code: "required", message: "This field is required." },
      phone: { code: "unmapped", message: "Django's record does not carry this field" },
      life: { code: "rejected", message: "Django did not create the member." },
    };
    let { hub, commands } = created;
    for (let round = 0; round < 3; round += 1) {
      const [command] = commands;
      if (command === undefined) break;
      const nobody = { life: "missing", djangoId: null, writeId: null } as const;
      const answer = { writeId: command.writeId, status: "rejected", rejected } as const;
      ({ hub, commands } = plan(hub, [answered(command, 0, {}, { ...nobody, answer })], manual, NOON + round + 1));
    }
    expect(commands).toEqual([]);
  });

  test("carries everything again when a rejected member is edited: Django's settings may map the group by then", () => {
    const nobody = { life: "missing", djangoId: null, writeId: null } as const;
    const unmapped = { phone: { code: "unmapped", message: "Django's record does not carry this field" } };
    const first = only(created.commands);
    const narrowed = plan(
      created.hub,
      [answered(first, 0, {}, { ...nobody, answer: { writeId: first.writeId, status: "rejected", rejected: unmapped } })],
      manual,
      NOON + 1,
    );
    const second = only(narrowed.commands);
    expect(Object.keys(second.groups)).toEqual(["name", "email"]);
    const life = { life: { code: "rejected", message: "Django did not create the member." } };
    const parked = plan(
      narrowed.hub,
      [answered(second, 0, {}, { ...nobody, answer: { writeId: second.writeId, status: "rejected", rejected: life } })],
      manual,
      NOON + 2,
    );
    expect(parked.conflicts).toMatchObject([{ group: "life", cause: "rejected" }]);
    const edited = plan(parked.hub, [observed("firestore", 12, { ...JON, name: "Jon Jonsson" })], manual, NOON + 3);
    expect(Object.keys(only(edited.commands).groups).toSorted()).toEqual(["email", "name", "phone"]);
  });

  test("carries a group that was mapped after the member was removed there: there is nothing to read first", () => {
    const today = policyOf({ fieldMap: fieldMapOf("new", { isNew: ["phone"] }) });
    const old = policyOf({ fieldMap: fieldMapOf("old") });
    const looked = { life: "missing", djangoId: null, answer: { writeId: "look.1", status: "stale" } } as const;
    const nobody = observed("django", 0, {}, looked);
    const registered = plan(undefined, [observed("firestore", 10, JON)], { ...old, paused: true }, NOON);
    const found = plan(registered.hub, [nobody], { ...old, paused: true }, NOON);
    const planned = plan(found.hub, [], today, later);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { phone: JON.phone } });
  });
});

describe("a conflict", () => {
  // Seed 15886: the answer to our own command read the document before the event of its replacement was heard.
  test("does not lose the value of a document that was replaced, when only the state after it is read", () => {
    const own = plan(agreed(), [observed("firestore", 11, { ...JON, name: "own" }, linked)], manual, NOON);
    const contested = plan(own.hub, [observed("django", 2, { ...JON, name: "staff's" })], manual, NOON + 1);
    expect(contested.conflicts).toMatchObject([{ group: "name", firestore: { value: "own" } }]);
    const { name: _lost, ...left } = JON;
    const planned = plan(contested.hub, [observed("firestore", 12, left, { djangoId: null })], manual, NOON + 2);
    expect(planned.commands).toMatchObject([{ side: "firestore", expectRevision: "12", groups: { name: "own" } }]);
    expect(planned.hub.sides.firestore?.shadow["name"]).toBe("own");
  });

  const yesterday = { ...manual, fieldMap: fieldMapOf("old") };
  const today = { ...manual, fieldMap: fieldMapOf("new", { isNew: ["name"] }) };

  test.each([
    ["while the group is unread on both sides", { ...JON, name: "own" }, { unknown: ["name"] }],
    ["while the group is unread on one side, and empty on the other", { ...JON, name: null }, {}],
  ])("stays open %s after it was mapped anew, though a write of ours lands", (_, record, answer) => {
    const edits = [observed("django", 2, { ...JON, name: "staff's", phone: "777" }), observed("firestore", 11, record, linked)];
    const contested = plan(takeAll(agreed(), [], yesterday).hub, edits, yesterday, NOON);
    const landed = plan(contested.hub, [answered(only(contested.commands), 12, { ...record, phone: "777" }, answer)], today, later);
    const read = plan(landed.hub, [observed("django", 2, { ...JON, name: "staff's", phone: "777" })], today, later);
    expect([...landed.commands, ...read.commands]).toEqual([]);
    expect(read.hub.groups["name"]?.parked?.cause).toBe("concurrent");
  });
});

describe("a member deleted by staff", () => {
  // Seed 26101.
  test("whose document a client made inactive and edited: they may not have known, and a person is asked", () => {
    const deleted = plan(agreed(), [observed("django", 2, JON, { life: "deleted" })], manual, NOON);
    const forged = { ...linked, life: "deleted" } as const;
    const planned = plan(deleted.hub, [observed("firestore", 11, { ...JON, name: "own" }, forged)], manual, NOON + 1);
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "life", cause: "delete-edit" }));
  });

  test("whose document our own command made inactive is edited there by somebody who knew", () => {
    const deleted = plan(agreed(), [observed("django", 2, JON, { life: "deleted" })], manual, NOON);
    const { writeId } = only(deleted.commands);
    const edited = observed("firestore", 12, { ...JON, name: "own" }, { ...linked, life: "deleted", writeId });
    expect(plan(deleted.hub, [edited], manual, NOON + 1).conflicts).toEqual([]);
  });
});
