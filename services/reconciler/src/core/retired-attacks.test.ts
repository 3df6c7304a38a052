import type { GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { describe, expect, test } from "vitest";
import { hold, waitingIn } from "./hold.ts";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { planDecision } from "./plan-decision.ts";
import { plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, outcomes } from "./testing/steps.ts";

/** Attacks on groups that a field map no longer has, or has with other fields. Each test states what should hold. */

const FIELDS: Readonly<Record<string, string | undefined>> = { with: "nickname", without: undefined, other: "other-fields" };
const lineages = { lineage: "b" } as const;
const LATER = NOON + 10 * HOUR;

/** Rules under a map that has the nickname, has it not, or has it with other fields. */
function under(id: "with" | "without" | "other", changes: Partial<Policy> = {}): Policy {
  const newSince = (map: string | undefined) =>
    FIELDS[id] === undefined || map === undefined || FIELDS[map] === FIELDS[id] ? [] : ["nick"];
  return policyOf({ fieldMap: { id, newSince, maps: (group) => group !== "nick" || FIELDS[id] !== undefined }, ...changes });
}

const nick = (value: GroupValue): MemberRecord => ({ ...JON, nick: value });
const django = (revision: number, record: MemberRecord, more = {}) => observed("django", revision, record, { djangoId: 7, ...more });
const firestore = (revision: number, record: MemberRecord, more = {}) => observed("firestore", revision, record, { djangoId: 7, ...more });
const manual = { groups: { nick: { kind: "manual" } } } as const;

function mapped(value: GroupValue = "X"): Hub {
  const known = plan(agreed(nick(value)), [django(3, nick(value)), firestore(12, nick(value))], under("with"), NOON);
  return known.hub;
}
/** Mapped, then read on both sides without the nickname. */
const retired = (): Hub => plan(mapped(), [django(4, JON), firestore(13, JON)], under("without"), NOON).hub;

describe("a group that is not mapped any more", () => {
  test("is not taken from an observation that waits since before, where it has no value yet", () => {
    const held = hold(mapped(null), [firestore(13, nick("own"))], under("with"), NOON).hub;
    const flushed = plan(held, waitingIn(held, under("without")), under("without"), LATER);
    expect(flushed.commands).toEqual([]);
    expect(isInSync(flushed.hub)).toBe(true);
  });

  test("does not stay retired under a map that has it, whoever planned between", () => {
    const hub = retired();
    const { django: d, firestore: f } = hub.sides;
    if (d === undefined || f === undefined) throw new Error("both sides are known");
    // As the build before leaves the hub when it is rolled back to with the map of before: it keeps what it does not know.
    const rolledBack = { ...hub, sides: { django: { ...d, map: "with" }, firestore: { ...f, map: "with" } } };
    const planned = plan(rolledBack, [firestore(14, nick("own"))], under("with"), LATER);
    expect(planned.hub.retired).toBeUndefined();
    expect(planned.hub.groups["nick"]?.value).toBe("own");
  });

  test("asks about the value of a dump under lww, when its side was restored meanwhile", () => {
    const restores = { django: { lineage: "b", ended: ["a"], confirmedAt: NOON + HOUR } };
    const known = plan(retired(), [django(5, { ...JON, phone: "1" }, { lineage: "a" })], under("without"), NOON).hub;
    const restored = plan(known, [django(2, JON, { ...lineages, changedAt: NOON + 3 * HOUR })], { ...under("without"), restores }, LATER);
    const reads = [firestore(13, nick("X")), django(2, nick("dump"), { ...lineages, changedAt: NOON + 3 * HOUR })];
    const planned = plan(restored.hub, reads, { ...under("with"), restores }, LATER);
    expect(outcomes(planned)).not.toContain("nick accepted lww");
  });
});

describe("the conflict of a group that is not mapped any more", () => {
  const edits = [django(4, nick("staff's")), firestore(13, nick("own"))];
  const asked = () => plan(mapped(), edits, under("with", manual), NOON);

  test("closes with the next plan, overwrites nothing, and is asked about anew once the group is mapped again", () => {
    const ended = plan(asked().hub, [django(5, { ...JON, phone: "777" })], under("without", manual), LATER);
    expect(ended.conflicts).toMatchObject([{ group: "nick", state: "superseded" }]);
    expect(ended.commands).toMatchObject([{ side: "firestore", groups: { phone: "777" } }]);
    const read = [django(5, { ...JON, phone: "777", nick: "staff's" }), firestore(13, nick("own"))];
    const planned = plan(ended.hub, read, under("with", manual), LATER);
    expect(planned.conflicts).toMatchObject([{ group: "nick", django: { value: "staff's" }, firestore: { value: "own" } }]);
    expect(planned.commands.filter(({ groups }) => "nick" in groups)).toEqual([]);
  });

  test("is closed by a decision on it, which decides nothing", () => {
    const { hub, conflicts } = asked();
    const { id: conflictId = "", expected = "" } = conflicts.find(({ group }) => group === "nick") ?? {};
    const decision = { conflictId, group: "nick", choice: { kind: "firestore" }, expected, actor: "anna", note: null } as const;
    const planned = planDecision(hub, decision, under("without", manual), LATER);
    expect(planned).toMatchObject({ conflicts: [{ group: "nick", state: "superseded" }], commands: [], history: [] });
  });

  test("does not keep staff from deleting the member", () => {
    const deleted = plan(asked().hub, [django(5, JON, { life: "deleted" })], under("without", manual), LATER);
    expect(deleted.hub.life).toMatchObject({ state: "deleted" });
    const edited = plan(mapped(), [firestore(13, nick("own"))], { ...under("with"), paused: true }, NOON).hub;
    const planned = plan(edited, [django(5, JON, { life: "deleted" })], under("without"), LATER);
    expect(planned.hub.life).toMatchObject({ state: "deleted" });
    expect(planned.hub.life.parked).toBeUndefined();
  });
});

test("a group that enters the hub under a map without it is new to the map that has it", () => {
  const { retired: _, ...unknowing } = retired();
  const { django: d, firestore: f } = unknowing.sides;
  if (d === undefined || f === undefined) throw new Error("both sides are known");
  const sides = { django: { ...d, map: "without" }, firestore: { ...f, map: "without" } };
  const planned = plan({ ...unknowing, sides }, [django(5, { ...JON, phone: "777" })], under("without"), LATER);
  expect(planned.hub.retired).toEqual({ nick: "" });
  expect(planned.commands).toMatchObject([{ groups: { phone: "777" } }]);
});

describe("a group that is mapped to other fields", () => {
  test("is not decided on with what was shown of the fields of before", () => {
    const asked = plan(mapped(), [django(4, nick("staff's")), firestore(13, nick("own"))], under("with", manual), NOON);
    const conflict = asked.conflicts.find(({ state }) => state === "open");
    const { id: conflictId = "", expected = "" } = conflict ?? {};
    const decision = { conflictId, group: "nick", choice: { kind: "django" }, expected, actor: "anna", note: null } as const;
    const atOnce = planDecision(asked.hub, decision, under("other", manual), LATER);
    expect(atOnce === "outdated" || atOnce === "unread").toBe(true);
    const read = plan(asked.hub, [django(5, nick(null))], under("other", manual), LATER);
    expect(planDecision(read.hub, decision, under("other", manual), LATER)).toBe("outdated");
  });
});

test("a restore that is long past loses no value that the other side still holds, though its group is to be read again", () => {
  const restores = { django: { lineage: "b", ended: ["a"], confirmedAt: NOON + HOUR } };
  const rules = { ...manual, restores, direction: "to-django" } as const;
  const known = plan(mapped(), [django(3, nick("X"), lineages)], under("with", rules), LATER).hub;
  const staff = plan(known, [django(5, nick("staff's"), lineages)], under("with", rules), LATER).hub;
  const without = plan(staff, [firestore(13, { ...JON, phone: "9" })], under("without", rules), LATER).hub;
  const planned = plan(without, [firestore(14, { ...JON, phone: "9", nick: "own" })], under("with", rules), LATER);
  expect(planned.conflicts).toMatchObject([{ group: "nick", django: { value: "staff's" }, firestore: { value: "own" } }]);
  expect(outcomes(planned)).not.toContain("nick lost side-restored");
});
