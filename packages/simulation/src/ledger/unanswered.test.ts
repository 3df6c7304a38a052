import { expect, test } from "vitest";
import { edit, endings, entry, GONE, history, holding, ledgerOf, openConflict, standing, unanswered } from "./scene.fixture.ts";

const staff = { side: "django" } as const;
const member = { side: "firestore" } as const;

test("a clear without an answer is unknown when the only clear in the history is somebody else's", () => {
  const edits = [
    edit("firestore", null, "0", { at: 1_000 }),
    edit("firestore", "1", null, { at: 2_000 }),
    unanswered("firestore", null, { saw: "1", at: 3_000 }),
    edit("firestore", "2", "1", { at: 4_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 1_010 })],
    [entry("accepted", "1", null, { ...member, changedAt: 2_010, ver: 2 })],
    [entry("accepted", "2", "1", { ...member, changedAt: 4_010, ver: 3 })],
  );
  const ledger = ledgerOf({ edits, ...holding("2", "2"), history: told });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 2, unknown: 1 });
  expect([ledger.edits, ledger.neverLanded, ledger.isBalanced]).toEqual([4, 0, true]);
});

test("a clear without an answer is unknown when an answered clear of its side may have made each later entry", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 1_000 }),
    edit("firestore", null, "0", { at: 2_000 }),
    edit("firestore", "1", null, { at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 2_010 })],
    [entry("accepted", "1", null, { ...member, changedAt: 3_010, ver: 2 })],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ current: 1, superseded: 1, unknown: 1 });
});

test("an answered clear explains an entry that carries the time of a later save of another group", () => {
  const edits = [
    unanswered("django", null, { looked: "0", at: 1_000 }),
    edit("django", null, "0", { at: 2_000 }),
    unanswered("django", "7", { looked: null, at: 3_000 }),
    edit("firestore", "1", null, { at: 4_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 5_000 })],
    [entry("accepted", "1", null, { ...member, changedAt: 4_010, ver: 2 })],
  );
  const ledger = ledgerOf({ edits, ...holding("1", "1"), history: told });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1, unknown: 1 });
  expect(ledger.neverLanded).toBe(1);
});

test("a clear without an answer replaces nothing while nothing shows that it happened: an answered edit still vanishes", () => {
  const edits = [edit("firestore", "1", "0", { at: 1_000 }), unanswered("firestore", null, { saw: "1", at: 2_000 })];
  const ledger = ledgerOf({ edits, ...holding("0", "0") });
  expect(endings(ledger)).toEqual({ unknown: 1, vanished: 1 });
  expect(ledger.vanished.map((one) => one.edit.value)).toEqual(["1"]);
  expect(ledger.isBalanced).toBe(false);
});

test("an answered clear is never unknown", () => {
  expect(endings(ledgerOf({ edits: [edit("firestore", null, "0")], ...holding("0", "0") }))).toEqual({ vanished: 1 });
});

test("a clear without an answer has happened when no answered edit can have made the entry: it replaced the value that it saw", () => {
  const edits = [edit("firestore", "1", "0", { at: 1_000 }), unanswered("firestore", null, { saw: "1", at: 2_000 })];
  const told = history(
    [entry("accepted", "1", "0", { ...member, changedAt: 1_010 })],
    [entry("accepted", null, "1", { ...member, changedAt: 2_010, ver: 2 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 1 });
});

test("a clear without an answer that the history shows, and that is then overwritten in silence, has vanished", () => {
  const edits = [unanswered("firestore", null, { saw: "0", at: 2_000 }), edit("django", "1", "0", { at: 3_000 })];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 2_010 })],
    [entry("accepted", "1", null, { ...staff, changedAt: 3_010, ver: 2 })],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ current: 1, vanished: 1 });
});

test("a clear that happened after its time-out, over the next save of the same person, replaced that save", () => {
  const edits = [
    edit("django", null, "0", { at: 500 }),
    edit("django", "1", null, { at: 800 }),
    unanswered("django", null, { looked: "1", at: 1_000 }),
    edit("django", "2", "1", { at: 5_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 510 })],
    [entry("accepted", "1", null, { ...staff, changedAt: 810, ver: 2 })],
    [entry("accepted", "2", "1", { ...staff, changedAt: 5_010, ver: 3 })],
    [entry("accepted", null, "2", { ...staff, changedAt: 9_000, ver: 4 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 3 });
});

test("of two clears without an answer and one entry, the latest happened, and the other is unknown", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 1_000, id: "first" }),
    edit("django", "1", "0", { at: 2_000 }),
    unanswered("firestore", null, { saw: "1", at: 3_000, id: "second" }),
  ];
  const one = entry("accepted", "1", "0", { ...staff, changedAt: 2_010 });
  const second = history([one], [entry("accepted", null, "1", { ...member, changedAt: 3_010, ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: second }))).toEqual({ current: 1, superseded: 1, unknown: 1 });
  const neither = history([one]);
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: neither }))).toEqual({ current: 1, unknown: 2 });
});

test("two clears without an answer that the history shows one by one have both happened", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 1_000, id: "first" }),
    edit("firestore", "1", null, { at: 2_000 }),
    unanswered("firestore", null, { saw: "1", at: 3_000, id: "second" }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 1_010 })],
    [entry("accepted", "1", null, { ...member, changedAt: 2_010, ver: 2 })],
    [entry("accepted", null, "1", { ...member, changedAt: 3_010, ver: 3 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 2 });
});

test("one clear that is recorded twice, accepted and then lost, proves one edit", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 1_000, id: "first" }),
    unanswered("firestore", null, { saw: "0", at: 1_500, id: "second" }),
    edit("django", "1", "0", { at: 2_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 1_510 })],
    [
      entry("lost", null, "1", { ...member, changedAt: 1_510, rule: "lww" }),
      entry("accepted", "1", null, { ...staff, changedAt: 2_010, ver: 2, rule: "lww" }),
    ],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ current: 1, lost: 1, unknown: 1 });
});

test("a decision against a cleared value that our own command brought is no clear of that side", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 900 }),
    edit("django", null, "0", { at: 1_000 }),
    edit("django", "1", null, { at: 2_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 1_010 })],
    [entry("parked", "1", null, { ...staff, changedAt: 2_010, rule: "manual" })],
    [
      entry("lost", null, "1", { ...member, changedAt: 1_010, rule: "decision", conflictId: "c", ver: 2 }),
      entry("decided", "1", null, { side: "hub", rule: "django", conflictId: "c", changedAt: 3_000, ver: 2 }),
    ],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ current: 1, superseded: 1, unknown: 1 });
});

test("a field that a new life begins without is no clear", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 1_000 }),
    edit("firestore", "deleted", "alive", { group: "life", at: 2_000, sawRecord: { phone: "0" } }),
    edit("firestore", "alive", "deleted", { group: "life", at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", "deleted", "alive", { ...member, group: "life", changedAt: 2_010 })],
    [
      entry("accepted", "alive", "deleted", { ...member, group: "life", changedAt: 3_010, ver: 2 }),
      entry("accepted", null, null, { ...member, changedAt: 3_010, ver: 2, rule: "new-life" }),
    ],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 1, unknown: 1 });
});

test("a clear of the other side proves nothing about a clear without an answer, even if nobody on record made it", () => {
  const edits = [unanswered("firestore", null, { saw: "0", at: 1_000 })];
  const told = history([entry("accepted", null, "0", { ...staff, changedAt: 2_010 })]);
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ unknown: 1 });
});

test.each(["decision", "new-life"] as const)(
  "a cleared value that lost by %s, and that no earlier entry reports, is no clear of that side",
  (rule) => {
    const edits = [unanswered("firestore", null, { saw: "0", at: 1_000 })];
    const told = history([entry("lost", null, "1", { ...member, changedAt: 1_010, rule })]);
    expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ unknown: 1 });
  },
);

test("an answered clear made before the edit that found another value there explains no later clear", () => {
  const edits = [
    edit("firestore", null, "0", { at: 1_000 }),
    edit("django", "1", null, { at: 2_000 }),
    unanswered("firestore", null, { saw: "1", at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 1_010 })],
    [entry("accepted", "1", null, { ...staff, changedAt: 2_010, ver: 2 })],
    [entry("accepted", null, "1", { ...member, changedAt: 3_010, ver: 3 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 2 });
});

test("a clear without an answer of a group that was cleared already is unknown: the answered clear explains the entry", () => {
  const edits = [edit("firestore", null, "0", { at: 1_000 }), unanswered("firestore", null, { saw: null, at: 2_000 })];
  const told = history([entry("accepted", null, "0", { ...member, changedAt: 2_500 })]);
  const ledger = ledgerOf({ edits, ...holding(null, null), history: told });
  expect(ledger.count.unknown).toBe(1);
  const seen = [unanswered("firestore", null, { saw: null, at: 2_000 }), edit("firestore", "1", null, { at: 3_000 })];
  expect(endings(ledgerOf({ edits: seen, ...holding("1", "1") }))).toEqual({ current: 1, unknown: 1 });
});

test("two clears without an answer and two later entries: both have happened", () => {
  const edits = [
    unanswered("django", null, { looked: "0", at: 1_000, id: "first" }),
    unanswered("django", null, { looked: "0", at: 1_500, id: "second" }),
    edit("firestore", "1", null, { at: 7_500 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 7_000 })],
    [entry("accepted", "1", null, { ...member, changedAt: 7_510, ver: 2 })],
    [entry("accepted", null, "1", { ...staff, changedAt: 8_000, ver: 3 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 2 });
});

test("the loss of another clear does not account for a clear that was reported at another time", () => {
  const edits = [
    unanswered("firestore", null, { saw: "0", at: 2_000 }),
    edit("django", "1", "0", { at: 3_000 }),
    edit("firestore", null, "1", { at: 4_000, id: "later" }),
    edit("django", "2", "1", { at: 4_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 2_010 })],
    [entry("accepted", "1", null, { ...staff, changedAt: 3_010, ver: 2 })],
    [entry("accepted", "2", "1", { ...staff, changedAt: 4_010, ver: 3 })],
    [entry("lost", null, "2", { ...member, changedAt: 4_005, rule: "lww", ver: 3 })],
  );
  const ledger = ledgerOf({ edits, ...holding("2", "2"), history: told });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1, lost: 1, vanished: 1 });
  expect(ledger.vanished.map((one) => one.edit.id)).toEqual(["firestore without an answer"]);
});

test("a value without an answer that a later editor had looked at, or that a removal took away, has happened", () => {
  const looked = [
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", "2", { looked: "1", at: 2_000 }),
    edit("django", "3", undefined, { looked: "2", at: 3_000 }),
  ];
  expect(endings(ledgerOf({ edits: looked, ...holding("3", "3") }))).toEqual({ current: 1, superseded: 2 });
  const removal = edit("django", "deleted", "alive", { group: "life", at: 3_000, sawRecord: { phone: "2" } });
  const removed = [...looked.slice(0, 2), removal];
  expect(endings(ledgerOf({ edits: removed, ...standing(GONE, GONE) }))).toEqual({ current: 1, superseded: 2 });
});

test("a clear without an answer that waits in an open conflict is in it", () => {
  const edits = [unanswered("firestore", null, { saw: "0", at: 1_000 }), edit("django", "1", "0", { at: 1_000 })];
  const told = history(
    [entry("accepted", "1", "0", { ...staff, changedAt: 1_010 })],
    [entry("parked", null, "1", { ...member, changedAt: 1_020, rule: "manual" })],
  );
  const ledger = ledgerOf({ edits, ...holding("1", null), history: told, conflicts: [openConflict("1", null)] });
  expect(endings(ledger)).toEqual({ "in-conflict": 2 });
});

test("a removal without an answer is unknown when the only removal in the history is somebody else's", () => {
  const life = { group: "life" };
  const edits = [
    edit("django", "deleted", "alive", { ...life, at: 1_000 }),
    edit("django", "alive", "deleted", { ...life, at: 2_000 }),
    edit("django", "deleted", "alive", { ...life, at: 3_000, unsure: true, id: "without an answer" }),
  ];
  const told = history(
    [entry("accepted", "deleted", "alive", { ...life, changedAt: 1_010 })],
    [entry("accepted", "alive", "deleted", { ...life, changedAt: 2_010, ver: 2 })],
  );
  const alive = { life: "alive", record: {} } as const;
  expect(endings(ledgerOf({ edits, ...standing(alive, alive), history: told }))).toEqual({ current: 1, superseded: 1, unknown: 1 });
  const removed = history(
    [entry("accepted", "deleted", "alive", { ...life, changedAt: 1_010 })],
    [entry("accepted", "alive", "deleted", { ...life, changedAt: 2_010, ver: 2 })],
    [entry("accepted", "deleted", "alive", { ...life, changedAt: 3_010, ver: 3 })],
  );
  expect(endings(ledgerOf({ edits, ...standing(GONE, GONE), history: removed }))).toEqual({ current: 1, superseded: 2 });
});
