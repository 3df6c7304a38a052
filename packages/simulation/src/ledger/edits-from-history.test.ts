import { expect, test } from "vitest";
import { editsFromHistory } from "./edits-from-history.ts";
import { endings, entry, history, holding, inactive, GONE, ledgerOf, openConflict, standing } from "./scene.fixture.ts";
import type { Evidence } from "./evidence.ts";

const portal = { side: "firestore", changedAt: 2_000 } as const;

function balanceOf(evidence: Pick<Evidence, "history" | "members"> & Partial<Evidence>) {
  return endings(ledgerOf({ ...evidence, edits: editsFromHistory(evidence.history) }));
}

test("each value that was taken in is followed, from the first sight on", () => {
  const told = history(
    [entry("accepted", "0", null, { rule: "first-sight" })],
    [entry("accepted", "1", "0", { ver: 2, changedAt: 1_500 })],
    [entry("accepted", "2", "1", { ver: 3, ...portal })],
  );
  expect(balanceOf({ history: told, ...holding("2", "2") })).toEqual({ current: 1, superseded: 2 });
  expect(balanceOf({ history: told, ...holding("1", "2") })).toEqual({ superseded: 2, vanished: 1 });
});

test("an edit that is told twice is one edit", () => {
  const told = history(
    [entry("accepted", "1", "0")],
    [entry("lost", "1", "2", { rule: "lww" }), entry("accepted", "2", "1", { ver: 2, rule: "lww", ...portal })],
  );
  expect(editsFromHistory(told)).toHaveLength(2);
  expect(balanceOf({ history: told, ...holding("2", "2") })).toEqual({ current: 1, lost: 1 });
});

test("in an open conflict a side's next edit replaces its last", () => {
  const told = history(
    [entry("accepted", "1", "0")],
    [entry("parked", "2", "1", { rule: "lww-too-close", ...portal })],
    [entry("parked", "3", "1", { rule: "open-conflict", ...portal, changedAt: 3_000 })],
  );
  const evidence = { history: told, ...holding("1", "3"), conflicts: [openConflict("1", "3")] };
  expect(balanceOf(evidence)).toEqual({ superseded: 1, "in-conflict": 2 });
});

test("a decision is nobody's edit, and what stood against it is lost", () => {
  const told = history(
    [entry("accepted", "1", "0")],
    [entry("parked", "2", "1", { rule: "manual", ...portal })],
    [
      entry("lost", "2", "1", { rule: "decision", ...portal, ver: 2 }),
      entry("decided", "1", null, { side: "hub", rule: "django", ver: 2 }),
    ],
  );
  expect(balanceOf({ history: told, ...holding("1", "1") })).toEqual({ current: 1, lost: 1 });
});

test("of two clears that look alike, the one that was replaced does not use up the loss of the other", () => {
  const told = history(
    [entry("accepted", null, "0", { changedAt: 1_000 })],
    [entry("accepted", "1", null, { ver: 2, ...portal })],
    [entry("accepted", null, "1", { ver: 3, changedAt: 3_000 })],
    [entry("parked", "2", null, { side: "firestore", rule: "manual", ver: 3, changedAt: 4_000 })],
    [
      entry("lost", null, "2", { rule: "decision", changedAt: 3_000, conflictId: "c", ver: 4 }),
      entry("decided", "2", null, { side: "hub", rule: "firestore", conflictId: "c", ver: 4 }),
    ],
  );
  expect(balanceOf({ history: told, ...holding("2", "2") })).toEqual({ current: 1, superseded: 2, lost: 1 });
});

test("a removal takes along what the hub held, and a path that may not be changed is refused", () => {
  const told = history(
    [entry("accepted", "alive", null, { group: "life", rule: "first-sight" }), entry("accepted", "1", null, { rule: "first-sight" })],
    [entry("accepted", "deleted", "alive", { group: "life", ver: 2, changedAt: 2_000 })],
    [entry("refused", null, null, { group: "metadata.note", side: "firestore", rule: "forbidden" })],
  );
  expect(balanceOf({ history: told, ...standing(GONE, inactive({ phone: "1" })) })).toEqual({ current: 1, superseded: 2, refused: 1 });
});
