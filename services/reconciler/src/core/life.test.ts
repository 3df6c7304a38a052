import { describe, expect, test } from "vitest";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { contender } from "./conflict.ts";
import { planDecision } from "./plan-decision.ts";
import { LIFE, type Hub } from "./hub.ts";
import { plan, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";

const JON: MemberRecord = { name: "Jón", email: "jon@a.is" };
const gone = { life: "missing", djangoId: null } as const;

function take(hub: Hub | undefined, observation: Parameters<typeof plan>[1][number], policy: Policy = policyOf()): Plan {
  return plan(hub, [observation], policy, NOON);
}

function agreed(): Hub {
  const created = take(undefined, observed("django", 1, JON));
  const [command] = created.commands;
  if (command === undefined) throw new Error("a new member goes to the other side");
  return take(created.hub, answered(command, 10, JON)).hub;
}

function deletedInDjango(): Hub {
  const planned = take(agreed(), observed("django", 2, {}, gone));
  const [command] = planned.commands;
  if (command === undefined) throw new Error("a delete goes to the other side");
  return take(planned.hub, answered(command, 11, JON, { life: "deleted" })).hub;
}

describe("a delete", () => {
  test("in Django marks the document inactive, and touches no field (case 23)", () => {
    expect(take(agreed(), observed("django", 2, {}, gone)).commands).toMatchObject([
      { side: "firestore", life: "deleted", groups: {}, expectRevision: "10" },
    ]);
  });

  test("of a member never seen leaves a tombstone and sends nothing", () => {
    const planned = take(undefined, observed("django", 2, {}, gone));
    expect(planned).toMatchObject({ commands: [], hub: { life: { state: "deleted" } } });
  });

  test("is not undone by an older state that comes late (P8)", () => {
    const hub = take(undefined, observed("django", 2, {}, gone)).hub;
    expect(take(hub, observed("django", 1, JON))).toMatchObject({ changed: false, commands: [] });
  });

  test("of a document asks by default, and deactivates where the policy says so", () => {
    const removal = observed("firestore", 11, {}, gone);
    expect(take(agreed(), removal)).toMatchObject({ commands: [], conflicts: [{ group: LIFE, cause: "delete-review" }] });
    expect(take(agreed(), removal, policyOf({ firestoreDelete: "deactivate" })).commands).toMatchObject([
      { side: "django", life: "deleted" },
    ]);
  });

  test("against an edit that it had not seen asks, whichever is heard of first (case 21)", () => {
    const edit = observed("firestore", 11, { ...JON, email: "new@a.is" }, { djangoId: 7 });
    const removal = observed("django", 2, {}, gone);
    for (const [first, second] of [
      [edit, removal],
      [removal, edit],
    ] as const) {
      const planned = take(take(agreed(), first).hub, second);
      expect(planned.conflicts).toMatchObject([
        { group: LIFE, cause: "delete-edit", django: { value: "deleted" }, firestore: { value: "alive" } },
      ]);
      expect(planned.commands).toEqual([]);
    }
  });

  test("decided for the edit makes the row again, with all it had", () => {
    const edit = observed("firestore", 11, { ...JON, email: "new@a.is" }, { djangoId: 7 });
    const asked = take(take(agreed(), edit).hub, observed("django", 2, {}, gone));
    const [conflict] = asked.conflicts;
    if (conflict === undefined) throw new Error("a conflict was expected");
    const decided = planDecision(
      asked.hub,
      { conflictId: conflict.id, group: LIFE, choice: { kind: "firestore" }, expected: conflict.expected, actor: "admin", note: null },
      policyOf(),
      NOON,
    );
    if (typeof decided === "string") throw new Error("the decision was made on what stands");
    expect(decided.commands).toMatchObject([
      { side: "django", life: "alive", expectRevision: null, tombstone: "2", groups: { ...JON, email: "new@a.is" } },
    ]);
  });
});

describe("a document that is removed and made again between two observations", () => {
  const first = () => take(agreed(), observed("firestore", 11, JON, { djangoId: 7, created: "10" })).hub;
  const other = observed("firestore", 20, { name: "Jón Nýi" }, { created: "19" });

  test("is no new life where a removal deactivates: a person is asked, and nothing of the document is taken (P8)", () => {
    const planned = take(first(), other, policyOf({ firestoreDelete: "deactivate" }));
    expect(planned.hub.life).toMatchObject({ state: "deleted", incarnation: 1, parked: { cause: "recreated" } });
    expect(planned.hub.groups["name"]).toMatchObject({ value: "Jón" });
    expect(planned.commands).toEqual([]);
  });

  test("is no edit by somebody who had seen the first one (P1, P4)", () => {
    const planned = take(first(), other, policyOf({ groups: { name: { kind: "manual" } } }));
    expect(planned.hub.groups["name"]).toMatchObject({ value: "Jón", parked: { cause: "concurrent" } });
  });

  test("with a write id of ours is a create that came late: a person is asked about the removal", () => {
    const planned = take(first(), { ...other, record: JON, djangoId: 7, writeId: "aaaaaaaaaaaaaaaaaaaa.f1.x" });
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: LIFE, cause: "delete-review", state: "open" }));
    expect(planned.commands).toEqual([]);
  });

  test("an edit of the same document is an edit, and so is one that does not tell", () => {
    for (const created of ["10", undefined]) {
      const edit = observed("firestore", 20, { ...JON, name: "Jón Nýi" }, { djangoId: 7, ...(created && { created }) });
      const planned = take(first(), edit);
      expect(planned.hub.life).toMatchObject({ incarnation: 1 });
      expect(planned.commands).toMatchObject([{ side: "django", groups: { name: "Jón Nýi" } }]);
    }
  });
});

describe("a life after a delete", () => {
  test("takes no field of the first one along", () => {
    const planned = take(deletedInDjango(), observed("django", 3, { name: "Jón Nýi" }, { djangoId: 8 }));
    expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
    expect(planned.commands).toMatchObject([{ side: "firestore", life: "alive", djangoId: 8, groups: { name: "Jón Nýi", email: null } }]);
  });

  test("names who left a field empty in it, and not who edited that field in the first one", () => {
    const edited = take(agreed(), observed("django", 2, { ...JON, email: "first@a.is" }, { actor: "user:1", changedAt: NOON - 1 }));
    const removed = take(edited.hub, observed("django", 3, {}, gone));
    const { hub } = take(removed.hub, observed("django", 4, { ...JON, email: null }, { actor: "user:2" }));
    expect(contender(hub, "django", "email")).toEqual({ value: null, actor: "user:2", changedAt: NOON });
  });

  test("by reactivation keeps its fields (case 24)", () => {
    const inactive = take(agreed(), observed("django", 2, JON, { life: "deleted" }));
    const [command] = inactive.commands;
    if (command === undefined) throw new Error("deactivation goes to the other side");
    const settled = take(inactive.hub, answered(command, 11, JON, { life: "deleted" })).hub;
    const planned = take(settled, observed("django", 3, JON));
    expect(planned.commands).toMatchObject([{ side: "firestore", life: "alive", groups: {} }]);
    expect(planned.hub.life.incarnation).toBe(1);
  });

  test("is not given by a member who changes their own status: it is put back (case 17)", () => {
    const planned = take(deletedInDjango(), observed("firestore", 12, JON, { djangoId: 7, refused: ["membership.status"] }));
    expect(planned.commands).toMatchObject([{ side: "firestore", life: "deleted" }]);
  });

  test("is not made by a create of ours that lands after it was given up", () => {
    const created = take(undefined, observed("firestore", 10, JON));
    const [late] = created.commands;
    if (late === undefined) throw new Error("a new member goes to the other side");
    const removed = take(
      take(created.hub, observed("django", 2, {}, gone)).hub,
      observed("firestore", 11, {}, gone),
      policyOf({ firestoreDelete: "deactivate" }),
    );
    const landed = take(removed.hub, answered(late, 3, JON));
    expect(landed.commands).toMatchObject([{ side: "django", life: "deleted" }]);
  });
});
