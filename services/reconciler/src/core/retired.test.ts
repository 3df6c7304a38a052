import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { describe, expect, test } from "vitest";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { plan } from "./plan.ts";
import { answered, fieldMapOf, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const groups = { name: { kind: "manual" } } as const;
const WITH_NAME = policyOf({ groups, fieldMap: fieldMapOf("with-name", { isNew: ["name"] }) });
const newSince = (other: string | undefined) => (other === "without-name" ? ["name"] : []);
/** Maps the name to the same fields as the map before did. */
const AGAIN = policyOf({ groups, fieldMap: { id: "again", newSince, maps: () => true } });
const WITHOUT = policyOf({ groups, fieldMap: fieldMapOf("without-name", { lacks: ["name"] }) });
const { name: _, ...REST } = JON;

const at = (side: Side, revision: number, record: MemberRecord) => observed(side, revision, record, { djangoId: 7 });
/** Both sides agree, and were read with the name. */
const mapped = (): Hub => takeAll(agreed(), [at("django", 3, JON), at("firestore", 12, JON)], WITH_NAME).hub;
/** Then the field map lost the name, and both sides were edited. */
const retired = (): Hub =>
  takeAll(mapped(), [at("django", 4, { ...REST, phone: "777" }), at("firestore", 13, { ...REST, phone: "777" })], WITHOUT).hub;

describe("a group that the field map in force does not map any more", () => {
  test("is not lost: a record without it has nothing put back", () => {
    const planned = plan(mapped(), [at("django", 4, { ...REST, phone: "777" })], WITHOUT, NOON);
    expect(planned.commands.map((command) => [command.side, command.groups])).toEqual([["firestore", { phone: "777" }]]);
    expect(outcomes(planned)).toEqual(["phone accepted newer"]);
  });

  test("does not keep the member out of sync", () => {
    expect(isInSync(retired())).toBe(true);
  });

  test("is not counted as lost with a document that a program replaced, either", () => {
    const replaced = observed("firestore", 13, { email: JON.email ?? null }, { djangoId: null, replaced: ["phone"] });
    const planned = plan(mapped(), [replaced], WITHOUT, NOON);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { phone: JON.phone } });
    const mended = plan(planned.hub, [answered(only(planned.commands), 14, REST)], WITHOUT, NOON);
    expect(mended.commands).toEqual([]);
    expect(isInSync(mended.hub)).toBe(true);
  });

  test("is not sent, whether a command for it is due or the member is created anew", () => {
    const edited = plan(mapped(), [at("django", 4, { ...JON, name: "staff's" })], { ...WITH_NAME, paused: true }, NOON);
    expect(plan(edited.hub, [], WITHOUT, NOON).commands).toEqual([]);
    const isNew = plan(undefined, [observed("django", 1, JON)], { ...WITH_NAME, paused: true }, NOON);
    expect(only(plan(isNew.hub, [], WITHOUT, NOON).commands).groups).toEqual(REST);
  });

  test("is read again once it is mapped as before: an edit made meanwhile is newer than what its side had seen", () => {
    const planned = plan(retired(), [at("django", 4, { ...JON, phone: "777", name: "staff's" })], AGAIN, NOON);
    expect(outcomes(planned)).toEqual(["name accepted newer"]);
    expect(planned.commands).toEqual([]);
    const both = plan(planned.hub, [at("firestore", 13, { ...JON, phone: "777" })], AGAIN, NOON);
    expect(only(both.commands)).toMatchObject({ side: "firestore", groups: { name: "staff's" } });
    expect(both.conflicts).toEqual([]);
  });

  test("counts as cleared, and not as lost, where it is empty once it is mapped again", () => {
    const planned = plan(retired(), [at("django", 4, { ...JON, phone: "777", name: null })], AGAIN, NOON);
    expect(outcomes(planned)).toEqual(["name accepted newer"]);
    expect(planned.hub.groups["name"]?.value).toBeNull();
  });

  test("is asked about where both sides edited it meanwhile", () => {
    const edited = plan(retired(), [at("django", 4, { ...JON, phone: "777", name: "staff's" })], AGAIN, NOON);
    const planned = plan(edited.hub, [at("firestore", 13, { ...JON, phone: "777", name: "own" })], AGAIN, NOON);
    expect(planned.conflicts).toMatchObject([
      { group: "name", cause: "concurrent", django: { value: "staff's" }, firestore: { value: "own" } },
    ]);
  });

  test("is met for the first time where it is mapped to other fields than before", () => {
    const other = policyOf({ groups, fieldMap: fieldMapOf("other-fields", { isNew: ["name"] }) });
    const planned = plan(retired(), [at("django", 4, { ...JON, phone: "777", name: "staff's" })], other, NOON);
    expect(outcomes(planned)).toEqual(["name parked manual"]);
  });

  test("stays retired under a second map without it", () => {
    const second = policyOf({ groups, fieldMap: fieldMapOf("still-without", { lacks: ["name"] }) });
    const planned = plan(retired(), [at("django", 5, { ...REST, phone: "888" })], second, NOON);
    expect(planned.hub.retired).toEqual({ name: "with-name" });
  });
});
