import { expect, test } from "vitest";
import { edit, endings, entry, history, holding, ledgerOf, openConflict } from "./scene.fixture.ts";
import { balanceLine } from "./ledger.ts";

test("an edit that both sides hold is current", () => {
  const ledger = ledgerOf({ edits: [edit("django", "1", "0")], ...holding("1", "1") });
  expect(endings(ledger)).toEqual({ current: 1 });
  expect(ledger.isBalanced).toBe(true);
  expect(balanceLine(ledger)).toBe("edits: 1 = 1 current + 0 superseded + 0 lost to a rule + 0 in conflict + 0 refused + 0 unknown");
});

test("an edit that one side holds has vanished, whatever the history claims", () => {
  const ledger = ledgerOf({
    edits: [edit("django", "1", "0")],
    ...holding("1", "0"),
    history: history([entry("accepted", "1", "0")]),
  });
  expect(endings(ledger)).toEqual({ vanished: 1 });
  expect(ledger.vanished[0]?.why).toContain("it stands on django only; accepted by newer");
  expect(ledger.problems).toMatchObject([{ promise: 2, group: "phone" }]);
  expect(balanceLine(ledger)).toContain("+ 1 VANISHED");
});

test("two saves of one side before they are captured: the second editor had seen the first", () => {
  const edits = [edit("django", "1", "0"), edit("django", "2", "1")];
  const ledger = ledgerOf({ edits, ...holding("2", "2"), history: history([entry("accepted", "2", "0")]) });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1 });
});

test("an edit replaced by a command whose maker had seen it is superseded", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "1")];
  expect(endings(ledgerOf({ edits, ...holding("2", "2") }))).toEqual({ current: 1, superseded: 1 });
});

test("an edit overwritten by one that had not seen it has vanished, though the history calls that one newer", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const told = history([entry("accepted", "1", "0")], [entry("accepted", "2", "1", { side: "firestore", ver: 2 })]);
  const ledger = ledgerOf({ edits, ...holding("2", "2"), history: told });
  expect(endings(ledger)).toEqual({ current: 1, vanished: 1 });
  expect(ledger.vanished[0]?.why).toContain("of firestore, made on what nobody made here");
});

test("an edit that somebody cleared who may have had it before them is superseded, though others clear the group too", () => {
  const cleared = edit("django", null, undefined, { looked: "0" });
  const edits = [edit("firestore", "1", "0"), cleared, edit("firestore", "2", null), edit("django", null, "2", { id: "again" })];
  const told = history(
    [entry("accepted", "1", "0", { side: "firestore" })],
    [entry("accepted", null, "1", { ver: 2 })],
    [entry("accepted", "2", null, { side: "firestore", ver: 3 })],
    [entry("accepted", null, "2", { ver: 4 })],
  );
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, superseded: 3 });
});

test("an edit that was cleared by one who had not seen it has vanished", () => {
  const edits = [edit("firestore", "1", "0"), edit("django", null, "0")];
  const told = history([entry("accepted", "1", "0", { side: "firestore" })], [entry("accepted", null, "1", { ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding(null, null), history: told }))).toEqual({ current: 1, vanished: 1 });
});

test("a silent overwrite is not excused by a later edit that saw the value it was overwritten with", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0"), edit("django", "3", "2")];
  const told = history([entry("accepted", "2", "0", { side: "firestore" })], [entry("accepted", "3", "2", { ver: 2 })]);
  const ledger = ledgerOf({ edits, ...holding("3", "3"), history: told });
  expect(ledger.vanished.map(({ edit: { value } }) => value)).toEqual(["1"]);
});

test("an old value that comes back is not what replaced an edit", () => {
  const edits = [edit("django", "1", "0"), edit("django", "2", "1"), edit("firestore", "3", "2")];
  const told = history(
    [entry("accepted", "2", "0")],
    [entry("accepted", "3", "2", { side: "firestore", ver: 2 })],
    [entry("accepted", "1", "3", { ver: 3 })],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: told }))).toEqual({ current: 1, superseded: 1, vanished: 1 });
});

test("the value from before all edits that comes back is not what replaced an edit", () => {
  const told = history([entry("accepted", "1", "0")], [entry("accepted", "0", "1", { ver: 2 })]);
  const ledger = ledgerOf({ edits: [edit("firestore", "1", "0")], ...holding("0", "0"), history: told });
  expect(endings(ledger)).toEqual({ vanished: 1 });
});

test("an edit that lost to a rule is told with both values, and the winner had to be there", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const lost = entry("lost", "1", "2", { rule: "lww" });
  const won = entry("accepted", "2", "1", { side: "firestore", rule: "lww", ver: 2 });
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: history([lost, won]) }))).toEqual({ current: 1, lost: 1 });
  const toNobody = history([entry("lost", "1", "9", { rule: "lww" })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: toNobody }))).toEqual({ current: 1, vanished: 1 });
});

test.each([
  ["without a time", { changedAt: 0 }],
  ["under the other side's name", { side: "firestore" as const }],
  ["to itself", { other: "1" }],
])("an edit that is told as lost %s has vanished", (_, flaw) => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const told = history([entry("lost", "1", "2", { rule: "lww", ...flaw }), entry("accepted", "2", "1", { side: "firestore" })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, vanished: 1 });
});

test("both edits of an open conflict wait in it, each on its side", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const ledger = ledgerOf({ edits, ...holding("1", "2"), conflicts: [openConflict("1", "2")] });
  expect(endings(ledger)).toEqual({ "in-conflict": 2 });
  expect(ledger.problems).toEqual([]);
});

test("an open conflict does not account for an edit that it does not show, nor for one that its side does not hold any more", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  expect(endings(ledgerOf({ edits, ...holding("1", "2"), conflicts: [openConflict("0", "2")] }))).toEqual({
    "in-conflict": 1,
    vanished: 1,
  });
  expect(endings(ledgerOf({ edits, ...holding("0", "2"), conflicts: [openConflict("1", "2")] }))).toEqual({
    "in-conflict": 1,
    vanished: 1,
  });
});

test.each(["decided", "converged", "superseded"] as const)("a conflict that is %s holds no edit any more", (state) => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const ledger = ledgerOf({ edits, ...holding("2", "2"), conflicts: [openConflict("1", "2", { state })] });
  expect(endings(ledger)).toEqual({ current: 1, vanished: 1 });
});

test("a decision is a rule: what it did not choose is lost, what it chose is current", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
  const told = history(
    [entry("accepted", "1", "0")],
    [entry("parked", "2", "1", { side: "firestore", rule: "lww-too-close" })],
    [entry("lost", "1", "2", { rule: "decision" }), entry("decided", "2", null, { side: "hub", rule: "firestore", ver: 2 })],
  );
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, lost: 1 });
});

test("a value that a side will not take is refused while its conflict is open", () => {
  const refusal = { side: "django", code: "invalid", message: "no" } as const;
  const ledger = ledgerOf({
    edits: [edit("firestore", "1", "0")],
    ...holding("0", "1"),
    history: history([entry("rejected", "1", "0", { side: "firestore", rule: "rejected-by-side", code: "invalid" })]),
    conflicts: [openConflict("0", "1", { cause: "rejected", refusal })],
  });
  expect(endings(ledger)).toEqual({ refused: 1 });
});

test("an edit whose message was given up on is refused as long as the dead letter is open and holds its value", () => {
  const edits = [edit("firestore", "1234567", "0")];
  const letter = { memberRef: "m", state: "open", data: JSON.stringify({ record: { phone: "1234567" } }) } as const;
  expect(endings(ledgerOf({ edits, ...holding("0", "1234567"), deadLetters: [letter] }))).toEqual({ refused: 1 });
  expect(endings(ledgerOf({ edits, ...holding("0", "1234567"), deadLetters: [{ ...letter, state: "discarded" }] }))).toEqual({
    vanished: 1,
  });
  expect(endings(ledgerOf({ edits, ...holding("0", "1234567"), deadLetters: [{ ...letter, data: "{}" }] }))).toEqual({ vanished: 1 });
});

test("an edit without an answer counts only when it has landed", () => {
  const unsure = edit("django", "1", "0", { unsure: true });
  const never = ledgerOf({ edits: [unsure], ...holding("0", "0") });
  expect([never.edits, never.neverLanded, never.isBalanced]).toEqual([0, 1, true]);
  expect(endings(ledgerOf({ edits: [unsure], ...holding("1", "1") }))).toEqual({ current: 1 });
  expect(endings(ledgerOf({ edits: [unsure], ...holding("1", "0") }))).toEqual({ vanished: 1 });
});

test("an edit without an answer that never landed has replaced nothing", () => {
  const edits = [edit("django", "1", "0"), edit("django", "2", "1", { unsure: true })];
  expect(endings(ledgerOf({ edits, ...holding("0", "0") }))).toEqual({ vanished: 1 });
});

test("who had a cleared group before them had what a later clear gives, though they had looked before it was made", () => {
  const edits = [edit("django", "2", undefined, { saw: null }), edit("firestore", null, "1")];
  const told = history([entry("accepted", null, "1", { side: "firestore" })], [entry("accepted", "2", null, { ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, superseded: 1 });
  expect(endings(ledgerOf({ edits, ...holding("2", "2") }))).toEqual({ current: 1, vanished: 1 });
});

test("where nobody knows what an editor had before them, the history is believed", () => {
  const edits = [edit("django", "1", "0"), edit("firestore", "2")];
  const told = history([entry("accepted", "1", "0")], [entry("accepted", "2", "1", { side: "firestore", ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding("2", "2"), history: told }))).toEqual({ current: 1, superseded: 1 });
  expect(endings(ledgerOf({ edits, ...holding("2", "2") }))).toEqual({ current: 1, vanished: 1 });
});

test("who saved on top of a save that nobody can place, and that was read as one with theirs, may have replaced what that one did", () => {
  const edits = [edit("firestore", "1", "0"), edit("django", "2"), edit("django", "3", "2")];
  const told = history([entry("accepted", "1", "0", { side: "firestore" })], [entry("accepted", "3", "1", { ver: 2 })]);
  expect(endings(ledgerOf({ edits, ...holding("3", "3"), history: told }))).toEqual({ current: 1, superseded: 2 });
});

test("a save that the history tells of stands between no others", () => {
  const edits = [edit("firestore", "1", "0"), edit("django", "2"), edit("django", "3", "2")];
  const told = history(
    [entry("accepted", "2", "0")],
    [entry("accepted", "1", "2", { side: "firestore", ver: 2 })],
    [entry("accepted", "3", "1", { ver: 3 })],
  );
  const ledger = ledgerOf({ edits, ...holding("3", "3"), history: told });
  expect(ledger.vanished.map(({ edit: { value } }) => value)).toEqual(["1"]);
  expect(ledger.vanished[0]?.why).toContain(
    'by an edit of django (django "3" of django, made on django "2"), accepted by newer as version 3',
  );
});

test("what an editor had looked at was seen, even if it did not stand there any more when they saved", () => {
  const edits = [edit("django", "1", "0"), edit("django", "2", undefined, { looked: "1" })];
  expect(endings(ledgerOf({ edits, ...holding("2", "2") }))).toEqual({ current: 1, superseded: 1 });
});

test("a value that a side rewrites is known again in its new form", () => {
  const edits = [edit("firestore", " A ", "0"), edit("django", "b", "A")];
  const rewrittenBy = (_: string, __: string, value: unknown) => (typeof value === "string" ? value.trim() : null);
  expect(endings(ledgerOf({ edits: edits.slice(0, 1), ...holding("A", "A"), rewrittenBy }))).toEqual({ current: 1 });
  expect(endings(ledgerOf({ edits, ...holding("b", "b"), rewrittenBy }))).toEqual({ current: 1, superseded: 1 });
  expect(endings(ledgerOf({ edits: edits.slice(0, 1), ...holding("A", "A") }))).toEqual({ vanished: 1 });
});

test("values are compared as the field map does", () => {
  const keyOf = (_: string, value: unknown) => String(value).toLowerCase();
  expect(endings(ledgerOf({ edits: [edit("django", "A@x", "0")], ...holding("A@x", "a@X"), keyOf }))).toEqual({ current: 1 });
});

test("more writes than promise 3 allows are told", () => {
  const edits = [edit("django", "1", "0")];
  const counted = (writes: number) => ledgerOf({ edits, ...holding("1", "1"), counts: { writes, decisions: 1, retries: 1 } }).problems;
  expect(counted(5)).toEqual([]);
  expect(counted(6)).toMatchObject([{ promise: 3, what: "6 writes where 5 are allowed" }]);
});
