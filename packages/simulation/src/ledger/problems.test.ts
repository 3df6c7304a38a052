import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { describe, expect, test } from "vitest";
import { edit, entry, history, holding, ledgerOf, MEMBER, openConflict, standing } from "./scene.fixture.ts";

function hub(phone: string, ver: number, conflictId?: string): Hub {
  const stamp = { side: "django", actor: null, changedAt: 1_000 } as const;
  const parked = {
    conflictId: conflictId ?? "",
    cause: "concurrent",
    openedAt: 1,
    step: 1,
    movedAt: 1,
    noticedAt: 1,
    agreed: null,
  } as const;
  return {
    memberRef: MEMBER,
    kennitala: "",
    djangoId: 1,
    rev: 1,
    plannedAt: 1,
    groups: { phone: { ...stamp, value: phone, ver, ...(conflictId !== undefined && { parked }) } },
    life: { ...stamp, state: "alive", ver: 0, incarnation: 1 },
    sides: {},
    out: {},
    waiting: {},
  };
}

describe("promise 1: the history is a chain", () => {
  const whole = { edits: [], ...holding("2", "2"), isWholeHistory: true };
  const first = entry("accepted", "1", "0", { ver: 1, rule: "first-sight" });
  const second = entry("accepted", "2", "1", { ver: 2 });

  test("each version is told once, and says what it replaced", () => {
    expect(ledgerOf({ ...whole, history: history([first], [second]), hubs: [hub("2", 2)] }).problems).toEqual([]);
  });

  test.each([
    ["left out", history([second]), hub("2", 2), "version 2 where 1 is due"],
    ["told twice", history([first], [first]), hub("2", 2), "version 1 where 2 is due"],
    ["made on another value", history([first], [{ ...second, other: "7" }]), hub("2", 2), "version 2 does not replace"],
    ["unknown to the hub", history([first], [second]), hub("2", 1), "the hub is at version 1, the history at 2"],
    ["unknown to the history", history([first]), hub("2", 2), "the hub is at version 2, the history at 1"],
    ["of another value than the hub's", history([first], [{ ...second, value: "7" }]), hub("2", 2), "the hub holds another value"],
  ])("a version that is %s is told", (_, told, held, what) => {
    expect(ledgerOf({ ...whole, history: told, hubs: [held] }).problems.map((problem) => problem.what)).toEqual([
      expect.stringContaining(what),
    ]);
  });

  test("what is parked and what is open are the same", () => {
    const conflicts = [openConflict("2", "2")];
    expect(ledgerOf({ ...whole, conflicts, history: history([first], [second]), hubs: [hub("2", 2, "c")] }).problems).toEqual([]);
    const unmarked = ledgerOf({ ...whole, conflicts, history: history([first], [second]), hubs: [hub("2", 2)] });
    expect(unmarked.problems).toMatchObject([{ promise: 1, group: "phone" }]);
    expect(ledgerOf({ ...whole, history: history([first], [second]), hubs: [hub("2", 2, "c")] }).isBalanced).toBe(false);
  });
});

describe("promise 2: what is not parked is equal", () => {
  test.each([
    ["the sides differ", holding("1", "2"), hub("1", 1)],
    ["the sides are equal, the hub differs", holding("1", "1"), hub("2", 1)],
  ])("%s", (what, members, held) => {
    expect(ledgerOf({ edits: [], ...members, hubs: [held] }).problems).toMatchObject([{ promise: 2, group: "phone", what }]);
  });

  test("a group that one side does not carry is equal to a cleared one only", () => {
    const members = [
      { memberRef: MEMBER, django: { life: "alive", record: {} }, firestore: { life: "alive", record: { phone: null } } },
    ] as const;
    expect(ledgerOf({ edits: [], members }).problems).toEqual([]);
  });
});

describe("promise 4: cause before clock", () => {
  const parked = (other: string) => history([entry("parked", "2", other, { side: "firestore", rule: "lww-too-close" })]);
  const evidence = { ...holding("1", "2"), conflicts: [openConflict("1", "2")] };

  test("an edit that is called concurrent with what its maker had before them is told", () => {
    const edits = [edit("django", "1", "0"), edit("firestore", "2", "1")];
    expect(ledgerOf({ ...evidence, edits, history: parked("1") }).problems).toMatchObject([{ promise: 4, group: "phone" }]);
  });

  test("a clear that lost is not taken for a later one, whose maker had seen what it lost to", () => {
    const edits = [edit("firestore", null, "0"), edit("django", "1", "0"), edit("firestore", null, "1")];
    const lost = entry("lost", null, "1", { side: "firestore", rule: "lww" });
    const won = entry("accepted", "1", null, { rule: "lww", ver: 2 });
    const again = entry("accepted", null, "1", { side: "firestore", ver: 3 });
    const nothing = { life: "alive", record: { phone: null } } as const;
    const ledger = ledgerOf({ edits, ...standing(nothing, nothing), history: history([lost, won], [again]) });
    expect([ledger.problems, ledger.isBalanced]).toEqual([[], true]);
  });

  test("truly concurrent edits are not", () => {
    const edits = [edit("django", "1", "0"), edit("firestore", "2", "0")];
    expect(ledgerOf({ ...evidence, edits, history: parked("1") }).problems).toEqual([]);
  });
});
