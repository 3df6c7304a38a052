import { describe, expect, test } from "vitest";
import { planDecision, type Decision } from "./plan-decision.ts";
import { LIFE } from "./hub.ts";
import { plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";

const BEFORE = { name: "Jón", email: "jon@a.is" };

function contested() {
  const created = plan(undefined, [observed("django", 1, BEFORE)], policyOf(), NOON);
  const [command] = created.commands;
  if (command === undefined) throw new Error("a new member goes to the other side");
  const agreed = plan(created.hub, [answered(command, 10, BEFORE)], policyOf(), NOON).hub;
  const edits = [
    observed("django", 2, { ...BEFORE, email: "django@a.is" }),
    observed("firestore", 11, { ...BEFORE, email: "firestore@a.is" }, { djangoId: 7 }),
  ];
  const parked = plan(agreed, edits, policyOf(), NOON);
  const [conflict] = parked.conflicts;
  if (conflict === undefined) throw new Error("a conflict was expected");
  const decision = (choice: Decision["choice"], expected = conflict.expected): Decision => ({
    conflictId: conflict.id,
    group: "email",
    choice,
    expected,
    actor: "admin",
    note: "by phone",
  });
  return { hub: parked.hub, conflict, decision };
}

function decided(choice: Decision["choice"]) {
  const { hub, decision } = contested();
  const planned = planDecision(hub, decision(choice), policyOf(), NOON);
  if (typeof planned === "string") throw new Error("the decision was made on what stands");
  return planned;
}

describe("a decision", () => {
  test("for one side goes to the other only, and that side's write carries its value (case 22)", () => {
    expect(decided({ kind: "django" }).commands).toMatchObject([{ side: "firestore", groups: { email: "django@a.is" } }]);
    expect(decided({ kind: "firestore" }).commands).toMatchObject([{ side: "django", groups: { email: "firestore@a.is" } }]);
  });

  test("for a value of its own goes to both sides", () => {
    expect(decided({ kind: "custom", value: "new@a.is" }).commands).toMatchObject([
      { side: "django", groups: { email: "new@a.is" } },
      { side: "firestore", groups: { email: "new@a.is" } },
    ]);
  });

  test("closes the conflict, and the history names who, what was chosen and what lost", () => {
    const planned = decided({ kind: "django" });
    expect(planned.conflicts).toMatchObject([{ state: "decided", decision: { value: "django@a.is", actor: "admin", note: "by phone" } }]);
    expect(planned.history[0]?.entries).toMatchObject([
      { outcome: "lost", side: "firestore", value: "firestore@a.is", other: "django@a.is", rule: "decision" },
      { outcome: "decided", side: "hub", actor: "admin", value: "django@a.is" },
    ]);
  });

  test("opens no new conflict when both sides have taken it", () => {
    const planned = decided({ kind: "custom", value: "new@a.is" });
    const answers = planned.commands.map((command) =>
      answered(command, command.side === "django" ? 3 : 12, { ...BEFORE, email: "new@a.is" }),
    );
    const after = plan(planned.hub, answers, policyOf(), NOON);
    expect(after).toMatchObject({ commands: [], conflicts: [], history: [] });
  });

  test("on values that have moved is refused", () => {
    const { hub, decision } = contested();
    const moved = plan(hub, [observed("firestore", 12, { ...BEFORE, email: "third@a.is" }, { djangoId: 7 })], policyOf(), NOON).hub;
    expect(planDecision(moved, decision({ kind: "django" }), policyOf(), NOON)).toBe("outdated");
  });

  test("on the member's life may be given in words", () => {
    const { hub } = contested();
    const removal = plan(hub, [observed("firestore", 12, {}, { life: "missing", djangoId: null })], policyOf(), NOON);
    const [conflict] = removal.conflicts.filter(({ group }) => group === LIFE);
    if (conflict === undefined) throw new Error("a removal is asked about");
    const told = { conflictId: conflict.id, group: LIFE, expected: conflict.expected, actor: "admin", note: null };
    for (const value of ["alive", "deleted"]) {
      const planned = planDecision(removal.hub, { ...told, choice: { kind: "custom", value } }, policyOf(), NOON);
      expect(planned).toMatchObject({ hub: { life: { state: value, side: "hub" } } });
    }
  });

  test("for a side that has no such member is refused: it would clear the value that stands", () => {
    const { hub, decision } = contested();
    const removed = plan(hub, [observed("firestore", 12, {}, { life: "missing", djangoId: null })], policyOf(), NOON);
    const expected = removed.conflicts.find(({ group }) => group === "email")?.expected;
    expect(planDecision(removed.hub, decision({ kind: "firestore" }, expected), policyOf(), NOON)).toBe("nobody-there");
    const alone = plan(undefined, [observed("firestore", 10, { email: "no" })], policyOf(), NOON);
    const refused = { email: { code: "invalid", message: "Enter a valid email address." } };
    const answer = { writeId: alone.commands[0]?.writeId ?? "", status: "rejected" as const, rejected: refused };
    const parked = plan(alone.hub, [observed("django", 0, {}, { life: "missing", djangoId: null, answer })], policyOf(), NOON);
    const { id: conflictId = "", expected: seen = "" } = parked.conflicts[0] ?? {};
    const told = { conflictId, group: "email", expected: seen, actor: "admin", note: null, choice: { kind: "django" } } as const;
    const { django: _, ...sides } = parked.hub.sides;
    for (const known of [parked.hub, { ...parked.hub, sides }]) expect(planDecision(known, told, policyOf(), NOON)).toBe("nobody-there");
  });

  test("made twice is refused the second time", () => {
    const { decision } = contested();
    expect(planDecision(decided({ kind: "django" }).hub, decision({ kind: "firestore" }), policyOf(), NOON)).toBe("outdated");
  });
});

test("a conflict of a restored hub is another one, though it has the same id and step: an old decision is refused", () => {
  const manual = policyOf({ groups: { email: { kind: "manual" } } });
  const first = [observed("django", 1, { email: "a" }), observed("firestore", 10, { email: "a" })];
  const { hub } = plan(undefined, first, manual, NOON);
  const edited = (value: string, at: number) =>
    plan(hub, [observed("django", 2, { email: "b" }), observed("firestore", 11, { email: value })], manual, at);
  const [looked] = edited("c", NOON).conflicts;
  const restored = edited("d", NOON + HOUR);
  expect(restored.conflicts[0]?.id).toBe(looked?.id);
  const { id: conflictId = "", expected = "" } = looked ?? {};
  const decision: Decision = { conflictId, group: "email", choice: { kind: "firestore" }, expected, actor: null, note: null };
  expect(planDecision(restored.hub, decision, manual, NOON + HOUR)).toBe("outdated");
});
