import { describe, expect, test } from "vitest";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { plan, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { answered, fieldMapOf, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes } from "./testing/steps.ts";

/** The field map of yesterday, and the one of today, which maps `nickname` as well. */
const yesterday = policyOf({ fieldMap: fieldMapOf("old", { lacks: ["nickname"] }) });
const today = (changes: Partial<Policy> = {}) => policyOf({ fieldMap: fieldMapOf("new", { isNew: ["nickname"] }), ...changes });
const manual = today({ groups: { nickname: { kind: "manual" } } });

const linked = { djangoId: 7 } as const;
const later = NOON + 5 * HOUR;

/** Both sides hold the member and were read with yesterday's map. */
const readYesterday = () => agreed(JON, yesterday);
/** Both sides were read with today's map and agree on `X`. */
const agreedOnX = () => agreed({ ...JON, nickname: "X" }, today());

const take = (hub: Hub, observation: Parameters<typeof observed>, policy: Policy): Plan =>
  plan(hub, [observed(...observation)], policy, later);

describe("a newly mapped field, of which both sides hold a value already (A.1)", () => {
  test("overwrites nothing: it is withheld from a side until it has been read there", () => {
    const planned = take(readYesterday(), ["django", 2, { ...JON, nickname: "staff's" }], today());
    expect(outcomes(planned)).toEqual(["nickname accepted first-sight"]);
    expect(planned.commands).toEqual([]);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("does not hold up the member's other groups, and the answer to those reads it", () => {
    const planned = take(readYesterday(), ["django", 2, { ...JON, phone: "777", nickname: "staff's" }], manual);
    const command = only(planned.commands);
    expect(command.groups).toEqual({ phone: "777" });
    const read = plan(planned.hub, [answered(command, 11, { ...JON, phone: "777", nickname: "own" })], manual, later);
    expect(read.conflicts).toMatchObject([{ group: "nickname", django: { value: "staff's" }, firestore: { value: "own" } }]);
  });

  test("is read by a backfill of an unchanged document, and the first meeting is resolved by policy", () => {
    const hub = take(readYesterday(), ["django", 2, { ...JON, nickname: "staff's" }], manual).hub;
    const planned = take(hub, ["firestore", 10, { ...JON, nickname: "own" }, linked], manual);
    expect(planned.conflicts).toMatchObject([{ group: "nickname", cause: "concurrent" }]);
    expect(take(planned.hub, ["firestore", 10, { ...JON, nickname: "own" }, linked], manual).changed).toBe(false);
  });

  test("is filled where the document has none, by the same backfill", () => {
    const hub = take(readYesterday(), ["django", 2, { ...JON, nickname: "staff's" }], today()).hub;
    const planned = take(hub, ["firestore", 10, { ...JON, nickname: null }, linked], today());
    expect(only(planned.commands)).toMatchObject({ side: "firestore", expectRevision: "10", groups: { nickname: "staff's" } });
    expect(planned.conflicts).toEqual([]);
  });

  test("that both hold alike is agreed, and in sync once both were read", () => {
    const hub = take(readYesterday(), ["firestore", 10, { ...JON, nickname: "X" }, linked], today()).hub;
    const planned = take(hub, ["django", 1, { ...JON, nickname: "X" }], today());
    expect(planned).toMatchObject({ commands: [], conflicts: [] });
    expect(isInSync(planned.hub)).toBe(true);
  });

  test("by the later clock: the loser is in the history", () => {
    const hub = take(readYesterday(), ["django", 2, { ...JON, nickname: "staff's" }], today()).hub;
    const planned = take(hub, ["firestore", 10, { ...JON, nickname: "own" }, { ...linked, changedAt: NOON - 5 * HOUR }], today());
    expect(outcomes(planned)).toEqual(["nickname lost lww"]);
    expect(only(planned.commands).groups).toEqual({ nickname: "staff's" });
  });
});

describe("two field maps at once (A.2)", () => {
  const { nickname: _, ...readByOld } = { ...JON, nickname: "Y" };

  test("what an older tracker could not read is unknown and not absent: nothing is commanded over it", () => {
    const planned = take(agreedOnX(), ["firestore", 11, readByOld, { ...linked, unknown: ["nickname"] }], today());
    expect(planned.commands).toEqual([]);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("our own write of a group is not called written on the word of a tracker that does not map it", () => {
    const edit = take(agreedOnX(), ["django", 2, { ...JON, nickname: "Z", phone: "777" }], today());
    const { writeId } = only(edit.commands);
    const event = { ...linked, writeId, unknown: ["nickname"] };
    const planned = take(edit.hub, ["firestore", 11, { ...JON, phone: "777" }, event], today());
    expect(planned.hub.sides.firestore).toMatchObject({ shadow: { phone: "777", nickname: "X" }, unread: ["nickname"] });
    expect(isInSync(planned.hub)).toBe(false);
  });

  const leftOut = { nickname: { code: "unmapped", message: "the tracker that wrote the document left it out" } };

  test("what an older tracker left out of our write goes again when a newer one reports that write", () => {
    const edit = take(agreedOnX(), ["django", 2, { ...JON, nickname: "Z", phone: "777" }], today());
    const command = only(edit.commands);
    const answer = { writeId: command.writeId, status: "applied", rejected: leftOut } as const;
    const held = { ...JON, phone: "777", nickname: "X" };
    for (const reported of [answered(command, 11, held, { answer }), answered(command, 11, held, { answer, unknown: ["nickname"] })]) {
      const planned = plan(edit.hub, [reported, observed("firestore", 11, held, linked)], today(), later);
      expect(outcomes(planned)).toEqual(["nickname unmapped not-mapped-by-side"]);
      expect(only(planned.commands)).toMatchObject({ side: "firestore", expectRevision: "11", groups: { nickname: "Z" } });
    }
  });

  test("what an older tracker left out of our create was not seen there: its first reading, empty, clears nothing", () => {
    const created = plan(undefined, [observed("django", 1, { ...JON, nickname: "X" })], today(), NOON);
    const command = only(created.commands);
    const answer = { writeId: command.writeId, status: "applied", rejected: leftOut } as const;
    const applied = plan(created.hub, [answered(command, 10, JON, { answer, unknown: ["nickname"] })], today(), NOON + 1);
    expect(applied.hub.sides.firestore?.seen["nickname"]).toBeUndefined();
    const read = take(applied.hub, ["firestore", 10, { ...JON, nickname: null }, linked], today());
    expect(read.hub.groups["nickname"]?.value).toBe("X");
    expect(only(read.commands)).toMatchObject({ side: "firestore", groups: { nickname: "X" } });
  });

  test("a write that an older tracker answers for without naming a group is there whole: an edit made on it is newer (P4)", () => {
    const edit = take(agreedOnX(), ["django", 2, { ...JON, nickname: "Z" }], manual);
    const applied = plan(edit.hub, [answered(only(edit.commands), 11, JON, { unknown: ["nickname"] })], manual, later);
    const staff = take(applied.hub, ["django", 3, { ...JON, nickname: "Q" }], manual);
    expect(staff.commands).toEqual([]);
    const read = take(staff.hub, ["firestore", 11, { ...JON, nickname: "Z" }, linked], manual);
    expect(read.conflicts).toEqual([]);
    expect(only(read.commands)).toMatchObject({ side: "firestore", groups: { nickname: "Q" } });
  });

  test("a command that an older service had rejected whole goes again when a newer one reports that rejection", () => {
    const edit = take(agreedOnX(), ["firestore", 11, { ...JON, nickname: "Z" }, linked], today());
    const { writeId } = only(edit.commands);
    const answer = { writeId, status: "rejected", rejected: leftOut } as const;
    const planned = take(edit.hub, ["django", 1, { ...JON, nickname: "X" }, { answer }], today());
    expect(planned.conflicts).toEqual([]);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { nickname: "Z" } });
  });

  test("the edit is taken as one that had seen the value, as soon as a newer tracker reads it at the same revision", () => {
    const old = take(agreedOnX(), ["firestore", 11, readByOld, { ...linked, unknown: ["nickname"] }], today());
    const read = take(old.hub, ["firestore", 11, { ...JON, nickname: "Y" }, linked], today());
    expect(outcomes(read)).toEqual(["nickname accepted newer"]);
    expect(only(read.commands)).toMatchObject({ side: "django", groups: { nickname: "Y" } });
  });

  test("staff's edit meanwhile is withheld from the document, and the two are concurrent", () => {
    const old = take(agreedOnX(), ["firestore", 11, readByOld, { ...linked, unknown: ["nickname"] }], manual);
    const staff = take(old.hub, ["django", 2, { ...JON, nickname: "Z" }], manual);
    expect(staff.commands).toEqual([]);
    const read = take(staff.hub, ["firestore", 12, { ...JON, nickname: "Y" }, linked], manual);
    expect(read.conflicts).toMatchObject([{ group: "nickname", django: { value: "Z" }, firestore: { value: "Y" } }]);
  });

  test("a group that Django's settings do not map yet opens no conflict: it is withheld there, and the history says so", () => {
    const edited = take(agreed(JON, today()), ["firestore", 11, { ...JON, nickname: "Y" }, linked], today());
    const { writeId } = only(edited.commands);
    const refusal = { code: "unmapped", message: "Django does not map this path" };
    const answer = { writeId, status: "rejected" as const, rejected: { nickname: refusal } };
    const planned = take(edited.hub, ["django", 1, JON, { answer }], today());
    expect(planned).toMatchObject({ conflicts: [], commands: [] });
    expect(outcomes(planned)).toEqual(["nickname unmapped not-mapped-by-side"]);
    const mapped = take(planned.hub, ["django", 1, { ...JON, nickname: null }], today());
    expect(only(mapped.commands)).toMatchObject({ side: "django", groups: { nickname: "Y" } });
  });

  test("a group that is mapped to one field more was never read: its old content stands for nothing", () => {
    const grown = policyOf({ fieldMap: fieldMapOf("grown", { isNew: ["phone"] }) });
    const hub = take(readYesterday(), ["django", 2, { ...JON, phone: { number: "555", country: "IS" } }], grown).hub;
    expect(hub.sides.firestore?.unread).toEqual(["phone"]);
    expect(hub.out).toEqual({});
  });
});
