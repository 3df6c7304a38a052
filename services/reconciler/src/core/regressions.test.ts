import { describe, expect, test } from "vitest";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { planDecision, type Decision } from "./plan-decision.ts";
import { LIFE, type Hub } from "./hub.ts";
import { plan, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";

/** Smallest traces of what the model check found, each told as the rule that was missing. */

const JON = { name: "Jón", email: "jon@a.is" };
const gone = { life: "missing", djangoId: null } as const;
const removedDocument = (revision: number) => observed("firestore", revision, {}, { ...gone, writeId: null });

function take(hub: Hub | undefined, observations: readonly Observation[], policy: Policy = policyOf()): Plan {
  const [first, ...rest] = observations;
  const planned = plan(hub, first === undefined ? [] : [first], policy, NOON);
  return rest.length === 0 ? planned : take(planned.hub, rest, policy);
}

function only(commands: readonly ApplyCommand[]): ApplyCommand {
  const [command] = commands;
  if (command === undefined || commands.length > 1) throw new Error(`expected one command, got ${commands.length}`);
  return command;
}

function agreed(): Hub {
  const created = take(undefined, [observed("django", 1, JON)]);
  return take(created.hub, [answered(only(created.commands), 10, JON)]).hub;
}

const entries = (planned: Plan) => planned.history.flatMap((record) => record.entries);

describe("an answer that a command had been applied before", () => {
  test("does not hide the edit made on top of it: a deactivated member edits and reactivates (P1)", () => {
    const deactivated = take(agreed(), [observed("django", 2, { ...JON, email: "staff@a.is" }, { life: "deleted" })]);
    const command = only(deactivated.commands);
    const edited = answered(command, 12, { ...JON, email: "member@a.is" });
    const planned = take(deactivated.hub, [edited]);
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "email", state: "open", cause: "concurrent" }));
  });

  test("of a create that landed late does not hide what somebody wrote there since: a person is asked (P1, P8)", () => {
    const created = take(undefined, [observed("django", 1, JON)]);
    const late = only(created.commands);
    const removed = take(created.hub, [removedDocument(10), observed("django", 2, {}, gone)]);
    expect(removed.hub.life).toMatchObject({ state: "deleted" });
    const edited = answered(late, 12, { ...JON, email: "member@a.is" });
    expect(take(removed.hub, [edited]).conflicts).toContainEqual(expect.objectContaining({ group: LIFE, cause: "delete-edit" }));
  });
});

describe("a new life", () => {
  test("tells what still stood in the first one, an edit of the inactive member too (P1)", () => {
    const deleted = take(agreed(), [observed("django", 2, {}, gone)]);
    const marked = take(deleted.hub, [answered(only(deleted.commands), 11, JON, { life: "deleted" })]);
    const edited = take(marked.hub, [observed("firestore", 12, { ...JON, email: "late@a.is" }, { life: "deleted", djangoId: 7 })]);
    const reborn = take(edited.hub, [observed("django", 3, { name: "Jón Nýi", email: "new@a.is" }, { djangoId: 8 })]);
    expect(entries(reborn)).toContainEqual(
      expect.objectContaining({
        group: "email",
        outcome: "lost",
        side: "firestore",
        value: "late@a.is",
        other: "new@a.is",
        rule: "new-life",
      }),
    );
  });

  test("is not begun by a create of ours that lands late, heard of by its echo alone: it is ended again (P8)", () => {
    const created = take(undefined, [observed("django", 1, JON)]);
    const removed = take(created.hub, [removedDocument(10), observed("django", 2, {}, gone)]);
    const echo = observed("firestore", 11, JON, { writeId: only(created.commands).writeId, djangoId: 7 });
    const planned = take(removed.hub, [echo]);
    expect(planned.hub.life).toMatchObject({ state: "deleted", incarnation: 1 });
    expect(planned.commands).toMatchObject([{ side: "firestore", life: "deleted" }]);
  });
});

describe("a removal", () => {
  test("of what our create made is heard of, though the create's own answer never came (P8)", () => {
    const created = take(undefined, [observed("django", 1, JON)]);
    const removed = take(created.hub, [removedDocument(11)]);
    expect(removed.commands).toEqual([]);
    expect(removed.conflicts).toMatchObject([{ group: LIFE, state: "open" }]);
  });

  test("of a document that was inactive when last heard of is not undone by the reactivation under way (P8)", () => {
    const deactivated = take(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    const inactive = take(deactivated.hub, [answered(only(deactivated.commands), 11, JON, { life: "deleted" })]);
    const active = take(inactive.hub, [observed("django", 3, JON)]);
    const stale = { writeId: only(active.commands).writeId, status: "stale" } as const;
    for (const told of [removedDocument(13), { ...removedDocument(13), answer: stale }]) {
      const removed = take(active.hub, [told]);
      expect(removed.commands).toEqual([]);
      expect(removed.conflicts).toMatchObject([{ group: LIFE, state: "open" }]);
    }
  });

  test("on both sides ends the question that the first one opened", () => {
    const asked = take(agreed(), [
      observed("django", 2, {}, gone),
      observed("firestore", 11, { ...JON, email: "new@a.is" }, { djangoId: 7 }),
    ]);
    expect(asked.hub.life.parked).toBeDefined();
    const both = take(asked.hub, [removedDocument(12)]);
    expect(both.conflicts).toContainEqual(expect.objectContaining({ group: LIFE, state: "converged" }));
    expect(both.hub.life).toMatchObject({ state: "deleted" });
  });

  test("is not taken back by a create of ours that lands after it (P8)", () => {
    const created = take(undefined, [observed("django", 1, JON)]);
    const removed = take(created.hub, [removedDocument(11)]);
    const landed = take(removed.hub, [answered(only(created.commands), 12, JON)]);
    expect(landed.hub.life.parked).toBeDefined();
    expect(landed.conflicts).toMatchObject([{ group: LIFE, state: "open" }]);
  });
});

describe("a create that was given up and lands late", () => {
  test("brings no value that counts as an edit, whatever the clock says (P4, P8)", () => {
    const created = take(undefined, [observed("django", 1, JON)]);
    const removed = take(created.hub, [removedDocument(11), observed("django", 2, { ...JON, email: "newer@a.is" })]);
    const landed = take(removed.hub, [answered(only(created.commands), 12, JON, { changedAt: NOON + 100 * HOUR })]);
    expect(landed.hub.groups["email"]).toMatchObject({ value: "newer@a.is" });
    expect(landed.hub.groups["email"]?.parked).toBeUndefined();
  });
});

test("a group that was refused is not called written because another one of the same command was (P1, P7, case 12)", () => {
  const edit = take(agreed(), [observed("firestore", 11, { name: "Jón Jónsson", email: "no" }, { djangoId: 7 })]);
  const command = only(edit.commands);
  const echo = take(edit.hub, [observed("django", 2, { name: "Jón Jónsson", email: JON.email }, { writeId: command.writeId })]);
  expect(echo.hub.groups["email"]).toMatchObject({ value: "no" });
  const again = only(echo.commands);
  expect(again).toMatchObject({ side: "django", groups: { email: "no" } });
  const refusal = { code: "invalid", message: "Enter a valid email address." };
  const rejected = { writeId: again.writeId, status: "rejected", rejected: { email: refusal } } as const;
  const told = take(echo.hub, [
    observed("django", 2, { name: "Jón Jónsson", email: JON.email }, { writeId: command.writeId, answer: rejected }),
  ]);
  expect(told.conflicts).toMatchObject([{ group: "email", cause: "rejected" }]);
  expect(told.commands).toEqual([]);
});

test("a side that puts the old value back each time is asked about after a few rounds (P3)", () => {
  let planned = take(agreed(), [observed("firestore", 11, { ...JON, name: "JÓN" }, { djangoId: 7 })]);
  let rounds = 0;
  for (let revision = 2; planned.commands.length > 0 && rounds < 20; revision += 1, rounds += 1) {
    planned = take(planned.hub, [observed("django", revision, JON, { writeId: only(planned.commands).writeId })]);
  }
  expect(planned.hub.groups["name"]?.parked?.cause).toBe("oscillation");
  expect(rounds).toBeLessThanOrEqual(5);
});

test("a create of ours lands only where nobody is: it tells of a removal that nobody has heard of (P8)", () => {
  const created = take(undefined, [observed("django", 1, JON)]);
  const there = take(created.hub, [observed("firestore", 10, JON, { djangoId: 7 })]);
  const landed = take(there.hub, [answered(only(created.commands), 12, JON)]);
  expect(landed.conflicts).toMatchObject([{ group: LIFE, state: "open" }]);
});

test("an edit over a value that both sides hold is newer, though it is taken in together with others (P4)", () => {
  const cleared = observed("django", 2, { ...JON, email: null });
  const both = [
    cleared,
    observed("firestore", 11, { ...JON, email: null }, { djangoId: 7 }),
    observed("firestore", 12, { ...JON, email: "new@a.is" }, { djangoId: 7 }),
  ];
  expect(plan(agreed(), both, policyOf(), NOON)).toMatchObject({
    conflicts: [],
    commands: [{ side: "django", groups: { email: "new@a.is" } }],
  });
});

describe("a decision on a conflict that looked different is refused", () => {
  test("when the side has lost the member meanwhile", () => {
    const edits = [
      observed("django", 2, { ...JON, email: "django@a.is" }),
      observed("firestore", 11, { ...JON, email: "firestore@a.is" }, { djangoId: 7 }),
    ];
    const parked = plan(agreed(), edits, policyOf(), NOON);
    const conflict = parked.conflicts.find(({ group }) => group === "email");
    const removed = take(parked.hub, [removedDocument(12)]);
    const decision = {
      conflictId: conflict?.id ?? "",
      group: "email",
      choice: { kind: "django" },
      expected: conflict?.expected ?? "",
      actor: "admin",
      note: null,
    } as const;
    expect(planDecision(parked.hub, decision, policyOf(), NOON)).not.toBe("outdated");
    expect(planDecision(removed.hub, decision, policyOf(), NOON)).toBe("outdated");
  });

  test("when a command of ours has changed the member's life there meanwhile", () => {
    const edit = observed("firestore", 11, { ...JON, email: "new@a.is" }, { djangoId: 7 });
    const asked = take(agreed(), [observed("django", 2, {}, gone), edit]);
    const kept = planDecision(asked.hub, deciding(asked, "firestore"), policyOf(), NOON);
    if (typeof kept === "string") throw new Error("the decision was made on what stands");
    const removed = take(kept.hub, [removedDocument(12)]);
    const made = take(removed.hub, [answered(only(kept.commands), 3, { ...JON, email: "new@a.is" })]);
    expect(planDecision(removed.hub, deciding(removed, "django"), policyOf(), NOON)).not.toBe("outdated");
    expect(planDecision(made.hub, deciding(removed, "django"), policyOf(), NOON)).toBe("outdated");
  });
});

function deciding({ conflicts }: Plan, choice: "django" | "firestore"): Decision {
  const conflict = conflicts.find(({ group, state }) => group === LIFE && state === "open");
  return {
    conflictId: conflict?.id ?? "",
    group: LIFE,
    choice: { kind: choice },
    expected: conflict?.expected ?? "",
    actor: "admin",
    note: null,
  };
}
