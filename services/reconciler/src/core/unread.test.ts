import { describe, expect, test } from "vitest";
import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hold, waitingIn } from "./hold.ts";
import { LIFE, type Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { plan } from "./plan.ts";
import { planDecision } from "./plan-decision.ts";
import type { Policy } from "./policy.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const ALL = ["name", "email", "phone", "nickname"];

/** Rules under a field map; `m2` maps `nickname` besides what `m1` maps. */
function under(id: "m1" | "m2", groups: Policy["groups"] = {}): Policy {
  const newSince = (other: string | undefined): readonly GroupName[] => (other === id ? [] : other === "m1" ? ["nickname"] : ALL);
  return policyOf({ fieldMap: { id, newSince, maps: (group) => id !== "m1" || group !== "nickname" }, groups });
}

const M1 = under("m1");
const M2 = under("m2");
const manual = under("m2", { nickname: { kind: "manual" } });
const revisions = { django: 2, firestore: 11 } as const;
const read = (side: Side, record: MemberRecord, revision: number = revisions[side], more: Partial<Observation> = {}) =>
  observed(side, revision, record, { djangoId: 7, ...more });
const nick = (nickname: string | null) => ({ ...JON, nickname });

/** Both sides agree, and both were read with the first map. */
const mapped = (): Hub => takeAll(agreed(), [read("django", JON), read("firestore", JON)], M1).hub;

describe("a field that is mapped for the first time", () => {
  test("is withheld from a side until it has been read there", () => {
    const planned = takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2);
    expect(planned.hub.groups["nickname"]).toMatchObject({ value: "Nonni" });
    expect(planned.commands).toEqual([]);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("opens no plan by itself: a side is marked when the next thing happens", () => {
    expect(plan(mapped(), [], M2, NOON)).toMatchObject({ changed: false });
    expect(takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2).hub.sides.firestore).toMatchObject({
      map: "m2",
      unread: ["nickname"],
    });
  });

  test("fills a side that turns out to have nothing there, once that was read at the revision that we know", () => {
    const { hub } = takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2);
    const planned = takeAll(hub, [read("firestore", nick(null))], M2);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { nickname: "Nonni" } });
    expect(planned.hub.sides.firestore?.unread).toBeUndefined();
  });

  test("is agreed where both sides hold one value", () => {
    const planned = takeAll(mapped(), [read("django", nick("Nonni"), 3), read("firestore", nick("Nonni"))], M2);
    expect(planned).toMatchObject({ commands: [], conflicts: [] });
    expect(outcomes(planned)).toEqual([]);
    expect(isInSync(planned.hub)).toBe(true);
  });

  test.each([
    ["at the revision that we know", 11],
    ["with a newer one", 12],
  ])("is no edit where the sides differ, read %s: policy decides, and neither value is overwritten in silence", (_when, revision) => {
    const { hub } = takeAll(mapped(), [read("django", nick("Nonni"), 3)], manual);
    const planned = takeAll(hub, [read("firestore", nick("Jónsi"), revision)], manual);
    expect(outcomes(planned)).toEqual(["nickname parked manual"]);
    expect(planned).toMatchObject({ commands: [], conflicts: [{ group: "nickname", cause: "concurrent" }] });
  });

  test("does not hold up the groups that had been read", () => {
    const planned = takeAll(mapped(), [read("django", { ...nick("Nonni"), email: "new@a.is" }, 3)], M2);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { email: "new@a.is" } });
  });
});

describe("a group that the reader of a side does not map", () => {
  /** The members' nickname is agreed; then somebody edits it, and a program of the older map reports that. */
  const known = takeAll(agreed(nick("X"), M2), [read("django", nick("X")), read("firestore", nick("X"))], M2).hub;
  const unread = read("firestore", { ...JON, phone: "777" }, 12, { unknown: ["nickname"] });

  test("is unknown, not absent: what was there is not commanded over what may be there now", () => {
    const planned = takeAll(known, [unread], M2);
    expect(planned.commands).toMatchObject([{ side: "django", groups: { phone: "777" } }]);
    expect(planned.hub.sides.firestore).toMatchObject({ shadow: { nickname: "X" }, unread: ["nickname"] });
  });

  test("is taken as the edit that it is when a program that maps it reads the same revision", () => {
    const { hub } = takeAll(known, [unread], M2);
    const again = takeAll(hub, [read("firestore", { ...nick("Y"), phone: "777" }, 12)], M2);
    expect(outcomes(again)).toEqual(["nickname accepted newer"]);
    expect(takeAll(again.hub, [read("firestore", { ...nick("Y"), phone: "777" }, 12)], M2)).toMatchObject({ changed: false });
  });

  test("stays unread while only programs of the older map read it", () => {
    const { hub } = takeAll(known, [unread], M2);
    expect(takeAll(hub, [{ ...unread }], M2)).toMatchObject({ changed: false });
    expect(takeAll(hub, [read("firestore", JON, 11)], M2)).toMatchObject({ changed: false });
  });

  test("that was never read there has no earlier value to keep", () => {
    const { hub } = takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2);
    const planned = takeAll(hub, [read("firestore", JON, 12, { unknown: ["nickname"] })], M2);
    expect(planned.hub.sides.firestore).toMatchObject({ shadow: JON, unread: ["nickname"] });
    expect(planned.commands).toEqual([]);
  });

  test("keeps what is known of it, also where its reader no longer carries another group", () => {
    const planned = takeAll(known, [read("firestore", { name: "Jón", email: "jon@a.is" }, 12, { unknown: ["nickname"] })], M2);
    expect(planned.hub.sides.firestore?.seen["nickname"]).toBe(known.sides.firestore?.seen["nickname"]);
    expect(planned.commands).toMatchObject([{ side: "firestore", groups: { phone: "555" } }]);
  });
});

describe("a group that a side's own settings do not map", () => {
  const unmapped = { code: "unmapped", message: "FIELDS does not map it." };

  function refused(status: "applied" | "rejected", more: Partial<Observation> = { unknown: ["phone"] }) {
    const edit = takeAll(mapped(), [read("firestore", { ...JON, phone: "777" }, 12)], M1);
    const { writeId } = only(edit.commands);
    const answer = { writeId, status, rejected: { phone: unmapped } };
    const written = status === "applied" ? { writeId, revision: "3" } : {};
    return takeAll(edit.hub, [read("django", { name: "Jón", email: "jon@a.is" }, 2, { ...written, ...more, answer })], M1);
  }

  test.each(["applied", "rejected"] as const)("opens no conflict: it is withheld there, and the history says so (%s)", (status) => {
    const planned = refused(status);
    expect(planned).toMatchObject({ commands: [], conflicts: [] });
    expect(outcomes(planned)).toContain("phone unmapped not-mapped-by-side");
  });

  test("is withheld also where the answer does not say that it could not be read: it is not sent for ever (P3)", () => {
    expect(refused("applied", {}).commands).toEqual([]);
  });

  test("is sent once the side reads it", () => {
    const planned = takeAll(refused("rejected").hub, [read("django", JON, 3)], M1);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { phone: "777" } });
  });
});

describe("a hub whose sides were read with different maps", () => {
  test("reads a side of an unknown map as never read", () => {
    const { hub } = takeAll(mapped(), [read("django", JON, 3)], M1);
    const { map: _, ...unnamed } = hub.sides.firestore ?? {
      revision: "0",
      shadow: {},
      life: "alive",
      djangoId: 7,
      seen: {},
      seenLife: 1,
      stamps: {},
    };
    const planned = plan({ ...hub, sides: { ...hub.sides, firestore: unnamed } }, [read("django", nick("Nonni"), 4)], M2, NOON);
    expect(planned.hub.sides.firestore?.unread).toEqual(ALL);
    expect(planned.hub.sides.django?.unread).toBeUndefined();
  });

  test("knows nothing of a side that was never heard of", () => {
    const lone = takeAll(undefined, [read("django", JON)], M1);
    const planned = takeAll(lone.hub, [read("django", nick("Nonni"), 3)], M2);
    expect(planned.hub.sides.firestore).toBeUndefined();
    const command = only(lone.commands);
    expect(takeAll(planned.hub, [answered(command, 10, JON)], M2).commands).toMatchObject([
      { side: "firestore", groups: { nickname: "Nonni" } },
    ]);
  });
});

describe("a conflict of a group that is unread on one side", () => {
  function contested() {
    const both = [read("django", nick("Nonni"), 3), read("firestore", nick("Jónsi"), 12)];
    const known = takeAll(agreed(nick("X"), manual), [read("django", nick("X")), read("firestore", nick("X"))], manual).hub;
    const parked = plan(known, both, manual, NOON);
    const m3: Policy = { ...manual, fieldMap: { id: "m3", newSince: () => ["nickname"], maps: () => true } };
    const hub = takeAll(parked.hub, [read("django", { ...nick("Nonni"), phone: "777" }, 4)], m3).hub;
    const mark = hub.groups["nickname"]?.parked;
    if (mark === undefined) throw new Error("the conflict stays open");
    const expected = `${mark.conflictId}.${mark.step}.${mark.movedAt.toString(36)}`;
    return { hub, m3, decision: { conflictId: mark.conflictId, group: "nickname", expected, actor: "admin", note: null } };
  }

  test("cannot be decided for the side that was not read: nobody knows what that would choose", () => {
    const { hub, m3, decision } = contested();
    expect(hub.sides.firestore?.unread).toEqual(["nickname"]);
    expect(typeof planDecision(hub, { ...decision, choice: { kind: "firestore" } }, m3, NOON)).toBe("string");
  });

  test("is decided without the unread side having seen it: what is read there later goes by policy", () => {
    const { hub, m3, decision } = contested();
    const decided = planDecision(hub, { ...decision, choice: { kind: "custom", value: null } }, m3, NOON);
    if (typeof decided === "string") throw new Error(decided);
    expect(outcomes(takeAll(decided.hub, [read("firestore", nick("Jónsi"), 12)], m3))).toEqual(["nickname parked manual"]);
  });
});

test("in scheduled mode a second reading of a known revision is taken in by the flush, and waits no longer", () => {
  const { hub } = takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2);
  const held = hold(hub, [read("firestore", nick("Jónsi"))], manual, NOON).hub;
  const flushed = plan(held, waitingIn(held, manual), manual, NOON);
  expect(outcomes(flushed)).toEqual(["nickname parked manual"]);
  expect(flushed.hub.waiting).toEqual({});
});

test("the member's life is no group: what is read again says nothing of it", () => {
  const { hub } = takeAll(mapped(), [read("django", nick("Nonni"), 3)], M2);
  const planned = takeAll(hub, [read("firestore", nick(null), 11, { life: "deleted" })], M2);
  expect(outcomes(planned).filter((line) => line.startsWith(LIFE))).toEqual([]);
  expect(takeAll(hub, [observed("firestore", 11, {}, { life: "missing", djangoId: null })], M2)).toMatchObject({ changed: false });
});
