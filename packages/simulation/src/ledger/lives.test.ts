import { expect, test } from "vitest";
import type { RecordedEdit } from "./recorded-edit.ts";
import { edit, endings, entry, GONE, history, inactive, ledgerOf, openConflict, standing } from "./scene.fixture.ts";

const life = { group: "life" };
const alive = (phone: string) => ({ life: "alive", record: { phone } }) as const;

function removal(side: "django" | "firestore", phone?: string): RecordedEdit {
  return edit(side, "deleted", "alive", { ...life, ...(phone !== undefined && { sawRecord: { phone } }) });
}

function create(side: "django" | "firestore"): RecordedEdit {
  return edit(side, "alive", "deleted", life);
}

test("a removal that both sides followed is current, and takes with it what its maker saw", () => {
  const ledger = ledgerOf({ edits: [edit("django", "1", "0"), removal("django", "1")], ...standing(GONE, inactive({ phone: "1" })) });
  expect(endings(ledger)).toEqual({ current: 1, superseded: 1 });
  expect(ledger.problems).toEqual([]);
});

test("an edit that whoever removed the member had not seen is not taken along", () => {
  const edits = [edit("firestore", "1", "0"), removal("django", "0")];
  expect(endings(ledgerOf({ edits, ...standing(GONE, inactive({ phone: "0" })) }))).toEqual({ current: 1, vanished: 1 });
});

test("an edit of a member whose removal waits for a person waits with it", () => {
  const conflict = openConflict("deleted", "alive", { ...life, cause: "delete-edit" });
  const edits = [edit("firestore", "1", "0"), removal("django", "0")];
  const ledger = ledgerOf({ edits, ...standing(GONE, alive("1")), conflicts: [conflict] });
  expect(endings(ledger)).toEqual({ "in-conflict": 2 });
});

test("an edit that stands nowhere does not wait in a conflict about the member's life", () => {
  const conflict = openConflict("deleted", "alive", { ...life, cause: "delete-edit" });
  const ledger = ledgerOf({
    edits: [edit("django", "1", "0"), removal("django", "0")],
    ...standing(GONE, alive("0")),
    conflicts: [conflict],
  });
  expect(endings(ledger)).toEqual({ "in-conflict": 1, vanished: 1 });
});

test("a removal that one side did not follow has vanished", () => {
  const ledger = ledgerOf({ edits: [removal("django")], ...standing(GONE, alive("0")) });
  expect(endings(ledger)).toEqual({ vanished: 1 });
  expect(ledger.problems).toMatchObject([{ promise: 2, group: "life" }]);
});

test("a removal undone by nobody has vanished, though both sides agree", () => {
  expect(endings(ledgerOf({ edits: [removal("django")], ...standing(alive("0"), alive("0")) }))).toEqual({ vanished: 1 });
});

test("a member created after the removal is a new life: the removal was seen, the old values are not in it", () => {
  const edits = [edit("django", "1", "0"), removal("django", "1"), create("django"), edit("django", "2", undefined, { saw: null })];
  expect(endings(ledgerOf({ edits, ...standing(alive("2"), alive("2")) }))).toEqual({ current: 2, superseded: 2 });
});

test("what stood in the first life and nobody had seen loses to the new life, and is told", () => {
  const edits = [edit("firestore", "1", "0"), removal("django", "0"), create("django")];
  const told = history([
    entry("lost", "1", "2", { side: "firestore", rule: "new-life" }),
    entry("accepted", "2", null, { rule: "new-life" }),
  ]);
  expect(endings(ledgerOf({ edits, ...standing(alive("2"), alive("2")), history: told }))).toEqual({ current: 1, superseded: 1, lost: 1 });
});

test("two removals, one on each side, are both current", () => {
  expect(endings(ledgerOf({ edits: [removal("django"), removal("firestore")], ...standing(GONE, GONE) }))).toEqual({ current: 2 });
});

test("a removal that a person decided against is lost, and one loss accounts for one removal", () => {
  const lost = entry("lost", "deleted", "alive", { ...life, rule: "decision" });
  const evidence = { ...standing(alive("0"), alive("0")), history: history([lost]) };
  expect(endings(ledgerOf({ edits: [removal("django")], ...evidence }))).toEqual({ lost: 1 });
  expect(endings(ledgerOf({ edits: [removal("django"), removal("django")], ...evidence }))).toEqual({ lost: 1, vanished: 1 });
});

test("a status that a member may not change is refused", () => {
  const edits = [edit("firestore", "deleted", "alive", life)];
  const refused = entry("refused", "deleted", "alive", { ...life, side: "firestore", rule: "forbidden" });
  const evidence = standing(alive("0"), alive("0"));
  expect(endings(ledgerOf({ edits, ...evidence, history: history([refused]) }))).toEqual({ refused: 1 });
  expect(endings(ledgerOf({ edits, ...evidence }))).toEqual({ vanished: 1 });
});
