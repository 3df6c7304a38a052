import { describe, expect, test } from "vitest";
import { decide } from "./decide.ts";
import { evolve } from "./evolve.ts";
import type { Fact } from "./facts.ts";
import { LIFE, type Hub, type InFlight, type Parked, type SideState } from "./hub.ts";
import { planDecision } from "./plan-decision.ts";
import { plan } from "./plan.ts";
import { NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, takeAll } from "./testing/steps.ts";

/** Hubs that no plan of today makes, and that an older one, or a repair by hand, may have left: nothing throws on them. */

const document = observed("firestore", 20, JON, { djangoId: 7 });
const stamp = { changedAt: NOON, actor: null };
const mark: Parked = { conflictId: "c", cause: "recreated", openedAt: 0, step: 1, movedAt: 0, noticedAt: 0, agreed: null };
const create: InFlight = { writeId: "w", expectRevision: null, groups: { name: "Jón" }, vers: { name: 1 }, djangoId: 7, emittedAt: 0 };

/** The hub with what is known of the document taken away. */
function withoutDocument(hub: Hub): Hub {
  const { firestore: _, ...sides } = hub.sides;
  return { ...hub, sides };
}

/** The hub with something else known of the document. */
function withDocument(hub: Hub, changes: Partial<SideState>): Hub {
  const { firestore } = hub.sides;
  if (firestore === undefined) throw new Error("both sides have the member");
  return { ...hub, sides: { ...hub.sides, firestore: { ...firestore, ...changes } } };
}

const kindsOf = (fact: Fact, hub: Hub) => decide(fact, hub, { policy: DEFAULTS, now: NOON }).map(({ kind }) => kind);
const lone = withoutDocument(agreed());

describe("of a side that the hub knows nothing of", () => {
  test("an edit had seen nothing", () => {
    const edit = {
      group: "email",
      value: "new@a.is",
      base: undefined,
      stamp,
      isFirstSight: false,
      isAfterRestore: false,
      isRewritten: false,
    };
    expect(kindsOf({ kind: "changed", observation: document, edits: [edit] }, lone)).toEqual(["parked", "entry"]);
  });

  test("an edit of a deleted member was made unaware of the delete", () => {
    const deleted = { ...lone, life: { ...lone.life, state: "deleted" as const, ver: 2 } };
    expect(kindsOf({ kind: "edited", observation: document }, deleted)).toEqual(["parked", "entry"]);
  });

  test("a removal had not seen what the member has: a person is asked", () => {
    const life = { before: "alive", now: "missing", isAnother: false, isUnreported: false, isOldMark: false, answersOurs: false } as const;
    expect(kindsOf({ kind: "life", observation: { ...document, life: "missing" }, life }, lone)).toContain("parked");
  });

  test("a create of ours may land late", () => {
    const echo = { ...document, writeId: "w" };
    expect(takeAll({ ...lone, lateCreates: [create] }, [echo]).hub.sides.firestore).toMatchObject({ shadow: JON });
  });

  test("a decision on its new document begins an empty life, or discards nothing", () => {
    const hub: Hub = { ...lone, life: { ...lone.life, state: "deleted", parked: mark } };
    const decision = { conflictId: "c", group: LIFE, expected: "c.1.0", actor: null, note: null };
    for (const value of ["alive", "deleted"]) {
      const decided = planDecision(hub, { ...decision, choice: { kind: "custom", value } }, DEFAULTS, NOON);
      expect(decided).toMatchObject({ hub: { life: { state: value } } });
    }
  });

  test("nothing can change but what our own write makes there", () => {
    expect(evolve(lone, [{ kind: "group-seen", side: "firestore", group: "email", ver: 1 }])).toBe(lone);
    expect(evolve(lone, [{ kind: "landed", side: "firestore", inFlight: create, written: ["name"] }]).sides.firestore?.shadow).toEqual({
      name: "Jón",
    });
  });
});

describe("of a document that was set aside", () => {
  const open: Hub = { ...agreed(), life: { ...agreed().life, state: "deleted", parked: mark } };
  const life = { before: "alive", now: "alive", isAnother: false, isUnreported: false, isOldMark: false, answersOurs: false } as const;
  const fact: Fact = { kind: "life", observation: document, life: { ...life, before: "deleted" } };

  test("what has no stamp counts as old", () => {
    const unstamped = withDocument(open, { stamps: {}, seen: {}, shadow: { email: "new@a.is" } });
    const outcomes = decide(fact, unstamped, { policy: policyOf({ groups: { email: { kind: "owner", side: "firestore" } } }), now: NOON });
    expect(outcomes).toContainEqual(expect.objectContaining({ kind: "group-set", register: expect.objectContaining({ changedAt: 0 }) }));
  });

  test("nothing is taken where nothing is known of it", () => {
    expect(kindsOf(fact, withoutDocument(open))).not.toContain("group-set");
  });
});

describe("the hub's only writer", () => {
  test("keeps an open question about the life when the life is set", () => {
    const asked: Hub = { ...agreed(), life: { ...agreed().life, parked: mark } };
    const { parked: _, ...life } = asked.life;
    expect(evolve(asked, [{ kind: "life-set", life: { ...life, ver: 9 } }]).life).toEqual({ ...asked.life, ver: 9 });
  });

  test("counts a group of our write that the command did not carry as cleared", () => {
    const landed = evolve(agreed(), [
      { kind: "landed", side: "firestore", inFlight: { ...create, groups: {}, vers: {} }, written: ["name"] },
    ]);
    expect(landed.sides.firestore).toMatchObject({ shadow: { name: null }, seen: { name: 0 } });
  });

  test("reads single groups also where none was unread", () => {
    const read = { kind: "content-read", observation: document, record: { name: "Jón Ó." }, stamps: {}, only: ["name"] } as const;
    expect(evolve(agreed(), [read]).sides.firestore).toMatchObject({ shadow: { ...JON, name: "Jón Ó." } });
  });
});

test("a conflict whose sides are equal closes, whoever gave the value", () => {
  const { hub } = plan(
    agreed(),
    [observed("django", 2, { ...JON, email: "staff@a.is" }), { ...document, record: { ...JON, email: "member@a.is" } }],
    DEFAULTS,
    NOON,
  );
  const { django } = hub.sides;
  if (django === undefined) throw new Error("both sides have the member");
  const equal = { ...hub, sides: { ...hub.sides, django: { ...django, stamps: {}, shadow: { ...JON, email: "member@a.is" } } } };
  expect(kindsOf({ kind: "compared", observation: document }, equal)).toContain("conflict-closed");
});
