import { describe, expect, test } from "vitest";
import { LIFE, type Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { plan } from "./plan.ts";
import { expectedOf } from "./conflict.ts";
import { planDecision } from "./plan-decision.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

/** What members and careless portal programs do to their own documents. */

const linked = { djangoId: 7 } as const;
const gone = { life: "missing", djangoId: null } as const;

describe("a deactivated member", () => {
  function deactivated(): Hub {
    const planned = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    return takeAll(planned.hub, [answered(only(planned.commands), 11, JON, { life: "deleted" })]).hub;
  }
  const recreated = () =>
    takeAll(deactivated(), [
      observed("firestore", 12, {}, gone),
      observed("firestore", 13, { ...JON, email: "new@a.is" }, { djangoId: null, created: "13" }),
    ]);

  test("does not reactivate themself by a new document: a person is asked, and nothing of it is taken (A.5)", () => {
    const planned = recreated();
    expect(planned.hub.life).toMatchObject({ state: "deleted", incarnation: 1, parked: { cause: "recreated" } });
    expect(planned.commands).toEqual([]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: "jon@a.is" });
    expect(outcomes(planned)).toContain("email parked recreated");
  });

  test("nor by a copy of the old document, mark and all", () => {
    const hub = takeAll(deactivated(), [observed("firestore", 12, {}, gone)]).hub;
    const { mark } = hub.sides.firestore ?? {};
    if (mark === undefined) throw new Error("we wrote there");
    const copied = observed("firestore", 20, { ...JON, email: "copied@a.is" }, { ...linked, created: "20", writeId: mark });
    const planned = takeAll(hub, [copied]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "recreated" }]);
    expect(planned.commands).toEqual([]);
  });

  test("may go on editing the new document: the question moves on, and still nothing is taken", () => {
    const { hub } = recreated();
    const planned = takeAll(hub, [observed("firestore", 14, { ...JON, email: "other@a.is" }, { djangoId: null, created: "13" })]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "recreated" }]);
    expect(planned.commands).toEqual([]);
  });

  test("is let back in by a person: a new life with the new document's record and nothing else", () => {
    const { hub } = recreated();
    const mark = hub.life.parked;
    if (mark === undefined) throw new Error("a person is asked");
    const choice = { kind: "custom", value: "alive" } as const;
    const decision = { conflictId: mark.conflictId, group: LIFE, choice, expected: expectedOf(mark), actor: "admin", note: null };
    const decided = planDecision(hub, decision, DEFAULTS, NOON);
    if (typeof decided === "string") throw new Error(decided);
    expect(decided.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
    expect(decided.commands).toContainEqual(expect.objectContaining({ side: "django", life: "alive" }));
    const stays = planDecision(hub, { ...decision, choice: { kind: "custom", value: "deleted" } }, DEFAULTS, NOON);
    if (typeof stays === "string") throw new Error(stays);
    expect(only(stays.commands)).toMatchObject({ side: "firestore", life: "deleted", groups: {} });
    expect(outcomes(stays)).toContain("email lost decision");
  });

  test("is let back in by staff: what both hold is compared, and nothing is overwritten unseen", () => {
    const planned = takeAll(recreated().hub, [observed("django", 3, JON)], policyOf({ groups: { email: { kind: "manual" } } }));
    expect(planned.hub.life).toMatchObject({ state: "alive" });
    expect(planned.conflicts).toContainEqual(expect.objectContaining({ group: "email", cause: "concurrent" }));
  });
});

describe("a forbidden change (A.6)", () => {
  const tampered = { ...linked, refused: ["membership.status"], tampered: ["membership.status"] };

  test("is put back by the next command, and until then the two are not in sync", () => {
    const planned = takeAll(agreed(), [observed("firestore", 11, JON, tampered)]);
    expect(outcomes(planned)).toEqual(["membership.status refused forbidden"]);
    const command = only(planned.commands);
    expect(command).toMatchObject({ side: "firestore", expectRevision: "11", life: "alive", groups: {} });
    expect(isInSync(planned.hub)).toBe(false);
    expect(isInSync(takeAll(planned.hub, [answered(command, 12, JON)]).hub)).toBe(true);
  });

  test("is put back with the edit that goes there anyway, of an inactive member as inactive", () => {
    const planned = plan(
      agreed(),
      [observed("firestore", 11, JON, tampered), observed("django", 2, { ...JON, phone: "7" })],
      DEFAULTS,
      NOON,
    );
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "alive", groups: { phone: "7" } });
    const off = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    const inactive = takeAll(off.hub, [answered(only(off.commands), 11, JON, { life: "deleted" })]).hub;
    const touched = takeAll(inactive, [observed("firestore", 12, JON, { ...tampered, life: "deleted" })]);
    expect(only(touched.commands)).toMatchObject({ life: "deleted" });
  });

  test("by a program that makes it again and again is put back a few times only (P3)", () => {
    let { hub, commands } = takeAll(agreed(), [observed("firestore", 11, JON, tampered)]);
    let revision = 12;
    let written = 0;
    for (; commands.length > 0 && written < 50; written += 1) {
      const landed = takeAll(hub, [answered(only(commands), revision, JON)]);
      ({ hub, commands } = takeAll(landed.hub, [observed("firestore", revision + 1, JON, tampered)]));
      revision += 2;
    }
    expect(written).toBeLessThan(15);
    expect(isInSync(hub)).toBe(false);
  });
});

describe("a document that was replaced by a program that did not know our fields (A.7)", () => {
  test("clears nothing: what is missing is restored, and the history says so", () => {
    const replaced = observed("firestore", 11, { name: "Jón Nýi" }, { djangoId: null, replaced: ["email", "phone"] });
    const planned = takeAll(agreed(), [replaced]);
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { name: "Jón Nýi" } },
      { side: "firestore", groups: { email: "jon@a.is", phone: "555" } },
    ]);
    expect(outcomes(planned)).toEqual(["name accepted newer", "email kept document-replaced", "phone kept document-replaced"]);
  });

  // Seed 18552 of the simulation.
  test("whose mark a client then puts back with an edit: what is missing still was cleared by nobody", () => {
    const replaced = observed("firestore", 11, { name: "Jón" }, { djangoId: null, replaced: ["email", "phone"] });
    const { hub } = takeAll(agreed(), [replaced]);
    const marked = observed("firestore", 12, { ...JON, name: "Jón Nýi", email: null, phone: null }, linked);
    const planned = takeAll(hub, [marked]);
    expect(planned.hub.groups).toMatchObject({ email: { value: JON.email }, phone: { value: JON.phone } });
    expect(planned.commands).toContainEqual(expect.objectContaining({ side: "firestore", groups: { email: JON.email, phone: JON.phone } }));
  });

  test("and restored by our write, which somebody has edited since: a field that they cleared is cleared", () => {
    const replaced = observed("firestore", 11, { name: "Jón" }, { djangoId: null, replaced: ["email", "phone"] });
    const { hub, commands } = takeAll(agreed(), [replaced]);
    const cleared = observed("firestore", 13, { ...JON, phone: null }, { ...linked, writeId: only(commands).writeId });
    expect(takeAll(hub, [cleared]).hub.groups).toMatchObject({ email: { value: JON.email }, phone: { value: null } });
  });

  test("after an edit whose event is heard last: the edit is taken, and put back (P1)", () => {
    const replaced = observed("firestore", 12, { ...JON, email: "b@a.is" }, { djangoId: null, replaced: ["email", "phone"] });
    const planned = takeAll(agreed(), [replaced]);
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { email: "b@a.is" } },
      { side: "firestore", expectRevision: "12", groups: { email: "b@a.is", phone: "555" } },
    ]);
    const edit = observed("firestore", 11, { ...JON, email: "b@a.is" }, linked);
    expect(takeAll(planned.hub, [edit])).toMatchObject({ changed: false });
  });

  test("after an edit, and read before either event is heard: the history says that the edited value is lost (P1)", () => {
    const read = takeAll(agreed(), [observed("firestore", 12, { name: "Jón" }, { djangoId: null })]).hub;
    const replaced = observed("firestore", 12, { ...JON, email: "b@a.is" }, { djangoId: null, replaced: ["email", "phone"] });
    const planned = takeAll(read, [replaced]);
    expect(outcomes(planned)).toEqual(["email lost document-replaced", "phone kept document-replaced"]);
    expect(planned.history.flatMap(({ entries }) => entries)[0]).toMatchObject({ value: "b@a.is", other: "jon@a.is" });
    expect(takeAll(planned.hub, [replaced]).changed).toBe(false);
  });

  test("and is heard of after a later edit of the field: what the document holds again is not lost", () => {
    const again = takeAll(agreed(), [observed("firestore", 13, { ...JON, email: "c@a.is" }, linked)]);
    const landed = takeAll(again.hub, [answered(only(again.commands), 2, { ...JON, email: "c@a.is" })]);
    const staff = takeAll(landed.hub, [observed("django", 3, { ...JON, email: "d@a.is" })]);
    expect(staff.hub.groups["email"]?.value).toBe("d@a.is");
    const replaced = observed("firestore", 12, { ...JON, email: "c@a.is" }, { djangoId: null, replaced: ["email"] });
    expect(outcomes(takeAll(staff.hub, [replaced]))).toEqual(["email kept document-replaced"]);
  });

  test("keeps what it does not carry of a group, and sends the group there again: the document holds only part of it", () => {
    const parts = (street: string) => ({ ...JON, address: { street, city: "Reykjavík" } });
    const replaced = observed("firestore", 11, parts("Ægisgata 2"), { ...linked, replaced: ["address"] });
    const planned = takeAll(agreed(parts("Laugavegur 1")), [replaced]);
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { address: { street: "Ægisgata 2", city: "Reykjavík" } } },
      { side: "firestore", groups: { address: { street: "Ægisgata 2", city: "Reykjavík" } } },
    ]);
  });

  test("while one of its groups is in conflict: the member's value is put back there, and people still see both", () => {
    const contested = takeAll(agreed(), [
      observed("django", 2, { ...JON, email: "staff@a.is" }),
      observed("firestore", 11, { ...JON, email: "own@a.is" }, linked),
    ]);
    const replaced = observed("firestore", 12, { name: "Jón" }, { djangoId: null, replaced: ["email", "phone"] });
    const planned = takeAll(contested.hub, [replaced]);
    const command = only(planned.commands);
    expect(command).toMatchObject({ side: "firestore", groups: { email: "own@a.is", phone: "555" } });
    const landed = takeAll(planned.hub, [answered(command, 13, { ...JON, email: "own@a.is" })]);
    expect(landed.conflicts).toMatchObject([{ group: "email", django: { value: "staff@a.is" }, firestore: { value: "own@a.is" } }]);
    expect(landed.commands).toEqual([]);
    expect(landed.hub.sides.firestore?.missing).toBeUndefined();
  });

  test("what is missing stays missing for a read that cannot tell more, and is back when somebody fills it in", () => {
    const held = policyOf({ direction: "to-django" });
    const replaced = observed("firestore", 11, { name: "Jón" }, { djangoId: null, replaced: ["email", "phone"] });
    const { hub } = takeAll(agreed(), [replaced], held);
    const read = takeAll(hub, [observed("firestore", 12, { name: "Jón" }, { djangoId: null })], held).hub;
    expect(read.sides.firestore?.missing).toEqual(["email", "phone"]);
    expect(isInSync({ ...read, out: {} })).toBe(false);
    const filled = takeAll(read, [observed("firestore", 13, { name: "Jón", email: "own@a.is" }, { djangoId: null })], held);
    expect(filled.hub.sides.firestore?.missing).toEqual(["phone"]);
    expect(outcomes(filled)).toEqual(["email accepted newer"]);
  });

  test("again and again by the same program is put back a few times only (P3)", () => {
    const replaced = (revision: number) => observed("firestore", revision, { name: "Jón" }, { ...linked, replaced: ["email", "phone"] });
    let { hub, commands } = takeAll(agreed(), [replaced(11)]);
    let written = 0;
    for (let revision = 12; commands.length > 0 && written < 50; revision += 2, written += 1) {
      const landed = takeAll(hub, [answered(only(commands), revision, JON)]);
      ({ hub, commands } = takeAll(landed.hub, [replaced(revision + 1)]));
    }
    expect(written).toBeLessThan(15);
  });

  test("a field deleted on purpose is cleared", () => {
    const planned = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: null }, linked)]);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { email: null } });
  });
});

describe("a stamp of the future (A.8)", () => {
  test("is capped by our own clock: it does not win every lww from then on", () => {
    const policy = policyOf({ groups: { email: { kind: "lww", windowMs: HOUR } } });
    const year275760 = 8_640_000_000_000_000;
    const first = plan(agreed(), [observed("django", 2, { ...JON, email: "a@a.is" }, { changedAt: year275760 })], policy, NOON);
    expect(first.hub.groups["email"]).toMatchObject({ changedAt: NOON });
    const later = observed("firestore", 11, { ...JON, email: "b@a.is" }, { ...linked, changedAt: NOON + 3 * HOUR });
    expect(plan(first.hub, [later], policy, NOON + 3 * HOUR).hub.groups["email"]).toMatchObject({ value: "b@a.is" });
  });

  test("the uncertainty of both clocks, as measured, widens the window", () => {
    const policy = policyOf({ groups: { email: { kind: "lww", windowMs: HOUR } } });
    const off = { clockErrorMs: 2 * HOUR } as const;
    const first = plan(agreed(), [observed("django", 2, { ...JON, email: "a@a.is" }, off)], policy, NOON);
    const later = observed("firestore", 11, { ...JON, email: "b@a.is" }, { ...linked, changedAt: NOON + 2 * HOUR });
    expect(plan(first.hub, [later], policy, NOON + 3 * HOUR).conflicts).toMatchObject([{ group: "email" }]);
    const sure = plan(agreed(), [observed("django", 2, { ...JON, email: "a@a.is" })], policy, NOON);
    expect(plan(sure.hub, [later], policy, NOON + 3 * HOUR).conflicts).toEqual([]);
  });
});
