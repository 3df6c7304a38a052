import type { Side } from "@member-sync/shared/member/side.ts";
import { expect, test } from "vitest";
import { edit, endings, entry, history, holding, ledgerOf, unanswered } from "./scene.fixture.ts";

const staff = { side: "django" } as const;
const member = { side: "firestore" } as const;

test("a value that happened after its time-out, over a save that was answered and not yet read, replaced that save on its side", () => {
  const edits = [unanswered("django", "1", { looked: "0", at: 1_000 }), edit("django", "2", "0", { at: 5_000, answeredAt: 5_020 })];
  const late = history([entry("accepted", "1", "0", { ...staff, changedAt: 5_500 })]);
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: late }))).toEqual({ current: 1, superseded: 1 });
  const early = history([entry("accepted", "1", "0", { ...staff, changedAt: 4_000 })]);
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: early }))).toEqual({ current: 1, vanished: 1 });
  const retold = history(
    [entry("accepted", "1", "0", { ...staff, changedAt: 4_000 })],
    [entry("accepted", "1", "0", { ...staff, changedAt: 5_500, ver: 2 })],
  );
  expect(endings(ledgerOf({ edits, ...holding("1", "1"), history: retold }))).toEqual({ current: 1, vanished: 1 });
});

test("a clear that happened after its time-out, over a save that was answered and not yet read, replaced that save on its side", () => {
  const clear = unanswered("django", null, { looked: "0", at: 1_000 });
  const saved = edit("django", "2", "0", { at: 5_000, answeredAt: 5_020 });
  const told = history([entry("accepted", null, "0", { ...staff, changedAt: 5_500 })]);
  const ledger = ledgerOf({ edits: [clear, saved], ...holding(null, null), history: told });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1 });
  const before = history(
    [entry("accepted", null, "0", { ...staff, changedAt: 4_000 })],
    [entry("lost", null, "1", { ...staff, changedAt: 5_500 })],
  );
  expect(endings(ledgerOf({ edits: [clear, saved], ...holding(null, null), history: before }))).toEqual({ current: 1, vanished: 1 });
});

const late = unanswered("django", "1", { looked: "0", at: 1_000 });
const own = edit("django", "2", "0", { at: 2_000, answeredAt: 2_020 });
const reported = (other: string, by: { readonly side: Side } = staff) => [
  entry("accepted", "1", other, { ...by, changedAt: 2_500, ver: 2 }),
];

test.each([
  ["made after the edit", [own, { ...late, at: 2_100 }], [reported("0")]],
  ["that replaced another value", [late, own], [reported("7")]],
  ["of the other side", [{ ...late, side: "firestore" } as const, own], [reported("0", member)]],
  ["reported after an edit without the time of its answer", [late, edit("django", "2", "0", { at: 2_000 })], [reported("0")]],
  ["that was answered before the edit", [edit("django", "1", "0", { at: 1_000 }), own], [reported("0")]],
  ["that replaced an older value than the edit, which the history knows,", [late, own], [[entry("accepted", "2", "0")], reported("0")]],
])("a value %s does not account for an edit that stands nowhere", (_, edits, plans) => {
  const ledger = ledgerOf({ edits, ...holding("1", "1"), history: history(...plans) });
  expect(ledger.vanished.map((one) => one.edit.value)).toEqual(["2"]);
});
