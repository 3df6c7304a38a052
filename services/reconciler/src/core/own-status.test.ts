import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, takeAll } from "./testing/steps.ts";

const gone = { life: "missing", djangoId: null } as const;
const inactive: Partial<Observation> = { life: "deleted", refused: ["metadata.deleted_at"] };
const document = (revision: number, more: Partial<Observation> = {}, record = JON) =>
  observed("firestore", revision, record, { djangoId: 7, ...more });

/** A member whom staff deactivated, on both sides. */
function deactivated(): Hub {
  const { hub, commands } = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted", lineage: "first" })]);
  return takeAll(hub, [answered(only(commands), 11, JON, { life: "deleted" })]).hub;
}

describe("a status that a client wrote answers no question about the member's life (P8)", () => {
  test("an active member whom staff removed is not ended by it, and the status is put back", () => {
    const mail = { ...JON, email: "new@a.is" };
    const asked = takeAll(agreed(), [document(11, {}, mail), observed("django", 2, {}, gone)]).hub;
    expect(asked.life.parked).toMatchObject({ cause: "delete-edit" });
    const planned = takeAll(asked, [document(12, inactive, mail)]);
    expect(planned.hub.life).toMatchObject({ state: "alive", parked: { cause: "delete-edit" } });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "alive", expectRevision: "12" });
  });

  test("a deactivated member whom a restored Django brings back is not revived by it, and the status is put back", () => {
    const policy = policyOf({ restores: { django: { lineage: "second", ended: ["first"], confirmedAt: NOON } } });
    const asked = takeAll(deactivated(), [observed("django", 1, JON, { lineage: "second" })], policy).hub;
    expect(asked.life).toMatchObject({ state: "deleted", parked: { cause: "delete-edit" } });
    const planned = takeAll(asked, [document(12, { refused: ["metadata.deleted_at"] })], policy);
    expect(planned.hub.life).toMatchObject({ state: "deleted", parked: { cause: "delete-edit" } });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "deleted", expectRevision: "12" });
  });

  test("a registration that Django rejected is not ended by it, and a correction is tried again", () => {
    const registered = takeAll(undefined, [document(10, { djangoId: null })]);
    const { writeId } = only(registered.commands);
    const refusal = { code: "invalid", message: "no such person" };
    const answer = { writeId, status: "rejected", rejected: { life: refusal } } as const;
    const asked = takeAll(registered.hub, [observed("django", 0, {}, { ...gone, answer })]).hub;
    expect(asked.life.parked).toMatchObject({ cause: "rejected" });
    const ended = takeAll(asked, [document(11, { ...inactive, djangoId: null })]);
    expect(ended.hub.life).toMatchObject({ state: "alive", parked: { cause: "rejected" } });
    const put = only(ended.commands);
    const corrected = takeAll(ended.hub, [
      answered(put, 12, JON, { djangoId: null }),
      document(13, { djangoId: null, writeId: put.writeId }, { ...JON, name: "Jón Jónsson" }),
    ]);
    expect(corrected.commands).toMatchObject([{ side: "django", groups: { name: "Jón Jónsson" } }]);
  });
});

describe("a status that a client wrote is put back", () => {
  test("where a client made a deactivated member active, and nobody is asked", () => {
    const mail = { ...JON, email: "new@a.is" };
    const planned = takeAll(deactivated(), [document(12, { refused: ["metadata.deleted_at"] }, mail)]);
    expect(planned.conflicts).toEqual([]);
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { email: "new@a.is" } },
      { side: "firestore", life: "deleted", groups: {} },
    ]);
  });

  test("where a client gave an inactive document another time, until our write has landed", () => {
    const changed = takeAll(deactivated(), [document(12, inactive)]);
    expect(only(changed.commands)).toMatchObject({ side: "firestore", life: "deleted", groups: {} });
    const edited = takeAll(changed.hub, [document(13, { life: "deleted" }, { ...JON, phone: "777" })]);
    const put = edited.commands.find(({ side }) => side === "firestore");
    expect(put).toMatchObject({ life: "deleted", expectRevision: "13" });
    if (put === undefined) throw new Error("the time is put back");
    const record = { ...JON, phone: "777" };
    const restored = takeAll(edited.hub, [answered(put, 14, record, { life: "deleted" })]);
    expect(restored.hub.sides.firestore?.tampered).toBeUndefined();
    expect(restored.commands).toEqual([]);
  });

  test("also where our own deactivation came too late to be written", () => {
    const { hub, commands } = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    const { writeId } = only(commands);
    const planned = takeAll(hub, [document(11, { life: "deleted", answer: { writeId, status: "stale" } })]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "deleted", expectRevision: "11" });
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("where a client made an inactive document of a member who is active", () => {
    const look = { writeId: "look.n.1.f", status: "stale" } as const;
    const created = takeAll(undefined, [observed("django", 1, JON), observed("firestore", 5, {}, { ...gone, answer: look })]);
    const planned = takeAll(created.hub, [document(6, { life: "deleted" })]);
    expect(planned.hub.life).toMatchObject({ state: "alive" });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "alive", expectRevision: "6" });
  });

  // Seed 26101 of the simulation.
  test("where a client made the document inactive that our create has just made, while staff deactivated the member", () => {
    const created = takeAll(undefined, [observed("django", 1, JON)]);
    const { writeId } = only(created.commands);
    const staff = takeAll(created.hub, [observed("django", 2, JON, { life: "deleted" })]).hub;
    const planned = takeAll(staff, [
      document(11, { ...inactive, writeId }),
      document(12, { ...inactive, writeId }, { ...JON, email: "own@a.is" }),
    ]);
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "life", cause: "delete-edit" }));
  });

  test("but another document in the place of a removed one is somebody's word", () => {
    const first = takeAll(agreed(), [document(11, { created: "10" })]).hub;
    const planned = takeAll(first, [document(20, { created: "20", life: "deleted", djangoId: null })]);
    expect(planned.hub.sides.firestore).toMatchObject({ life: "deleted" });
  });
});
