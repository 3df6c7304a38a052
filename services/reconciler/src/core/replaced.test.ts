import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { isInSync } from "./in-sync.ts";
import type { Hub } from "./hub.ts";
import { plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, takeAll } from "./testing/steps.ts";

const linked = { djangoId: 7 } as const;
const lost = { djangoId: null, replaced: ["email", "phone"] };
const blank = { ...JON, email: null, phone: null };
const held = { email: { value: JON.email }, phone: { value: JON.phone } };
const putBack = expect.objectContaining({ side: "firestore", groups: { email: JON.email, phone: JON.phone } });
const missingIn = ({ sides }: Hub) => sides.firestore?.missing ?? [];

/** Replaces the document with one that holds the name only. */
const replaced = (revision: number, more: Partial<Observation> = {}) =>
  observed("firestore", revision, { name: JON.name ?? null }, { ...lost, ...more });

/** A document that a program replaced after each of our writes, until nothing was put back any more. */
function replacedTooOften() {
  let { hub, commands } = takeAll(agreed(), [replaced(11, linked)]);
  let revision = 12;
  for (; commands.length > 0; revision += 2) {
    const landed = takeAll(hub, [answered(only(commands), revision, JON)]);
    ({ hub, commands } = takeAll(landed.hub, [replaced(revision + 1, linked)]));
  }
  return { hub, revision };
}

describe("a group that was lost with a replaced document is cleared by nobody", () => {
  test("when a deactivation of ours restores the mark alone", () => {
    const deleted = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    const again = takeAll(deleted.hub, [replaced(11)]);
    expect(only(again.commands)).toMatchObject({ life: "deleted", groups: {} });
    const landed = takeAll(again.hub, [answered(only(again.commands), 12, blank, { life: "deleted" })]);
    expect(landed.hub.groups).toMatchObject(held);
    expect(landed.commands).toEqual([putBack]);
    const back = takeAll(landed.hub, [answered(only(landed.commands), 13, JON, { life: "deleted" })]);
    expect(back.commands).toEqual([]);
    expect(missingIn(back.hub)).toEqual([]);
  });

  test("when it was put back too often: it stays missing, and is not in sync, whatever else we write", () => {
    const { hub, revision } = replacedTooOften();
    const edited = takeAll(hub, [observed("django", 2, { ...JON, name: "Jón Nýi" })]);
    const landed = takeAll(edited.hub, [answered(only(edited.commands), revision, { ...blank, name: "Jón Nýi" })]);
    expect(landed.hub.groups).toMatchObject(held);
    expect(landed.commands).toEqual([]);
    expect(missingIn(landed.hub)).toEqual(["email", "phone"]);
    expect(isInSync(landed.hub)).toBe(false);
  });

  test("when a reader that does not map the group heard of the replacement", () => {
    const email = { djangoId: null, replaced: ["email"], unknown: ["phone"] };
    const heard = takeAll(agreed(), [observed("firestore", 11, { name: "Jón" }, email)]);
    expect(only(heard.commands).groups).toEqual({ email: JON.email });
    const { phone: _, ...carried } = JON;
    const landed = takeAll(heard.hub, [answered(only(heard.commands), 12, carried, { unknown: ["phone"] })]);
    expect(landed.commands).toEqual([]);
    const read = takeAll(landed.hub, [observed("firestore", 12, { ...JON, phone: null }, linked)]);
    expect(read.hub.groups).toMatchObject(held);
    expect(read.commands).toMatchObject([{ side: "firestore", groups: { phone: JON.phone } }]);
  });

  test("when the reader that does not map the group heard of a lost kennitala only", () => {
    const { phone: _, ...carried } = JON;
    const heard = takeAll(agreed(), [
      observed("firestore", 11, carried, { ...linked, unknown: ["phone"], tampered: ["profile.kennitala"] }),
    ]);
    const landed = takeAll(heard.hub, [answered(only(heard.commands), 12, { ...JON, phone: null })]);
    expect(landed.hub.groups).toMatchObject(held);
    expect(landed.commands).toMatchObject([{ side: "firestore", groups: { phone: JON.phone } }]);
  });

  test("when the applier that put the document back does not map the group", () => {
    const heard = takeAll(agreed(), [replaced(11)]);
    const rejected = { phone: { code: "unmapped", message: "no field" } } as const;
    const { writeId } = only(heard.commands);
    const { phone: _, ...carried } = JON;
    const answer = { writeId, status: "applied", rejected } as const;
    const landed = takeAll(heard.hub, [answered(only(heard.commands), 12, carried, { rejected, answer })]);
    expect(landed.commands).toEqual([]);
    const read = takeAll(landed.hub, [observed("firestore", 13, { ...JON, phone: null }, { ...linked, writeId })]);
    expect(read.hub.groups).toMatchObject(held);
    expect(read.commands).toMatchObject([{ side: "firestore", groups: { phone: JON.phone } }]);
  });
});

describe("a group that was lost with a replaced document", () => {
  test("is no longer missing once a re-read shows a value", () => {
    const { hub } = takeAll(agreed(), [
      observed("firestore", 11, { name: "Jón", email: "jon@a.is" }, { djangoId: null, unknown: ["phone"] }),
    ]);
    expect(missingIn(hub)).toEqual(["phone"]);
    const read = takeAll(hub, [observed("firestore", 11, { ...JON, phone: "777" }, { djangoId: null })]);
    expect(missingIn(read.hub)).toEqual([]);
    expect(read.hub.groups["phone"]).toMatchObject({ value: "777" });
  });

  test("is not missing in another document that was made since", () => {
    const made = { ...linked, created: "10" } as const;
    const heard = takeAll(agreed(), [observed("firestore", 11, JON, made), replaced(12, { created: "10" })], policyOf({ paused: true }));
    expect(missingIn(heard.hub)).toEqual(["email", "phone"]);
    const another = plan(heard.hub, [observed("firestore", 13, blank, { ...linked, created: "13" })], policyOf(), NOON);
    expect(missingIn(another.hub)).toEqual([]);
  });

  test.each([
    ["is put back again after a day of rest", 25, [putBack]],
    ["is not put back again within a day", 23, []],
  ])("that was put back too often %s", (_, hours, commands) => {
    const { hub, revision } = replacedTooOften();
    expect(takeAll(hub, [replaced(revision, { ...linked, changedAt: NOON + hours * HOUR })]).commands).toEqual(commands);
  });
});
