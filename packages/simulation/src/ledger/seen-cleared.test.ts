import { expect, test } from "vitest";
import { edit, endings, entry, history, holding, ledgerOf, unanswered } from "./scene.fixture.ts";

const staff = { side: "django" } as const;
const member = { side: "firestore" } as const;

test("a clear without an answer has happened when the next editor of its side saw the cleared group and nobody else cleared it", () => {
  const edits = [
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", null, { looked: "1", at: 2_000 }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  const told = history([entry("accepted", "2", "0", { ...staff, changedAt: 3_010 })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, superseded: 2 });
});

test("it is enough that a later editor of its side had looked at the cleared group", () => {
  const edits = [
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", null, { looked: "1", at: 2_000 }),
    edit("django", "2", undefined, { at: 3_000 }),
    edit("django", "3", undefined, { looked: null, at: 4_000 }),
  ];
  const told = history([entry("accepted", "2", "0", { ...staff, changedAt: 3_010 })], [entry("accepted", "3", "2", { ...staff, ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding("3", "3"), history: told }))).toEqual({ current: 1, superseded: 3 });
});

test("an editor of whom nobody knows what they had before them proves nothing", () => {
  const edits = [unanswered("django", null, { looked: "0", at: 2_000 }), edit("django", "2", undefined, { at: 3_000 })];
  expect(endings(ledgerOf({ edits, ...holding("2", "2") }))).toEqual({ current: 1, unknown: 1 });
});

test("a clear of the other side that lost is no command that may have cleared the group", () => {
  const edits = [
    edit("firestore", null, "0", { at: 500 }),
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", null, { looked: "1", at: 2_000 }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", "2", "0", { ...staff, changedAt: 3_010 })],
    [entry("lost", null, "2", { ...member, changedAt: 510, rule: "lww" })],
  );
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, superseded: 3 });
});

test("a clear that its side has replaced since, or that came later, is not the cleared group that the next editor saw", () => {
  const edits = [
    edit("django", null, "0", { at: 100 }),
    edit("django", "1", null, { at: 200 }),
    edit("django", "2", "1", { at: 1_000 }),
    unanswered("django", null, { looked: "2", at: 2_000 }),
    edit("django", "3", null, { at: 3_000 }),
    edit("django", null, "3", { at: 4_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 110 })],
    [entry("accepted", "1", null, { ...staff, changedAt: 210, ver: 2 })],
    [entry("accepted", "3", "1", { ...staff, changedAt: 3_010, ver: 3 })],
    [entry("accepted", null, "3", { ...staff, changedAt: 4_010, ver: 4 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 5 });
});

test("of two clears without an answer before an editor who saw the cleared group, the latest happened", () => {
  const edits = [
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", null, { looked: "1", at: 2_000, id: "first" }),
    unanswered("django", null, { looked: "1", at: 2_500, id: "second" }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  const told = history([entry("accepted", "2", "0", { ...staff, changedAt: 3_010 })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, superseded: 2, unknown: 1 });
});

test.each([
  ["an answered clear of its side", edit("django", null, undefined, { looked: "1", at: 2_500 }), staff],
  ["the other editor", undefined, member],
])("a cleared group proves nothing about a clear without an answer where it may be that of %s", (_, clear, next) => {
  const edits = [
    edit("django", "1", "0", { at: 1_000 }),
    unanswered("django", null, { looked: "1", at: 2_000 }),
    ...(clear === undefined ? [] : [clear]),
    edit(next.side, "2", null, { at: 3_000 }),
  ];
  const told = history([entry("accepted", "2", "0", { ...next, changedAt: 3_010 })]);
  expect(ledgerOf({ edits, ...holding("2", "2"), history: told }).count.unknown).toBe(1);
});

test("a cleared group proves nothing about a clear without an answer of a member who was removed and entered again", () => {
  const edits = [
    unanswered("django", null, { looked: "0", at: 2_000 }),
    edit("django", "deleted", "alive", { group: "life", at: 2_500, sawRecord: { phone: "0" } }),
    edit("django", "alive", "deleted", { group: "life", at: 2_600 }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  expect(ledgerOf({ edits, ...holding("2", "2") }).count.unknown).toBe(1);
});

test("a clear of the other side may still be on its way after an edit of that side", () => {
  const edits = [
    edit("firestore", null, "0", { at: 500 }),
    edit("firestore", "1", null, { at: 600 }),
    unanswered("django", null, { looked: "0", at: 2_000 }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 510 })],
    [entry("accepted", "1", null, { ...member, changedAt: 610, ver: 2 })],
  );
  expect(ledgerOf({ edits, ...holding("2", "2"), history: told }).count.unknown).toBe(1);
});

test("a cleared group that the next editor saw proves nothing where the other side had cleared it", () => {
  const edits = [
    edit("django", "1", "0", { at: 1_000 }),
    edit("firestore", null, "0", { at: 1_500 }),
    unanswered("django", null, { looked: "1", at: 2_000 }),
    edit("django", "2", null, { at: 3_000 }),
  ];
  const told = history(
    [entry("accepted", null, "0", { ...member, changedAt: 1_510 })],
    [entry("accepted", "2", null, { ...staff, changedAt: 3_010, ver: 2 })],
  );
  const ledger = ledgerOf({ edits, ...holding("2", "2"), history: told });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1, unknown: 1, vanished: 1 });
  expect(ledger.vanished.map((one) => one.edit.value)).toEqual(["1"]);
});
