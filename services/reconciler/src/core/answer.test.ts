import { describe, expect, test } from "vitest";
import { plan } from "./plan.ts";
import { answered, NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, takeAll } from "./testing/steps.ts";

describe("a side that will not take a value, or changes it", () => {
  const refusal = { code: "invalid", message: "Enter a valid email address." };

  test("what it refuses is parked with its words, the rest is done (case 12)", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no", phone: "777" }, { djangoId: 7 })]);
    const command = only(edit.commands);
    const answer = { writeId: command.writeId, status: "applied" as const, rejected: { email: refusal } };
    const planned = takeAll(edit.hub, [answered(command, 2, { ...JON, phone: "777" }, { answer })]);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected", refusal: { side: "django", ...refusal } }]);
    expect(planned.hub.groups["phone"]?.parked).toBeUndefined();
    expect(planned.commands).toEqual([]);
  });

  test("what it refused is known from any observation of the write, heard before the answer (P1, P7)", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no", phone: "777" }, { djangoId: 7 })]);
    const { writeId } = only(edit.commands);
    const told = observed("django", 3, { ...JON, phone: "777", name: "Jón Ó." }, { writeId, rejected: { email: refusal } });
    const planned = takeAll(edit.hub, [told]);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected", refusal: { side: "django", ...refusal } }]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { name: "Jón Ó." } });
  });

  test("an edit over a value that was refused had not seen it, whatever is heard first (P1)", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no", phone: "777" }, { djangoId: 7 })]);
    const { writeId } = only(edit.commands);
    const over = { ...JON, phone: "777", email: "staff@a.is" };
    const planned = takeAll(edit.hub, [observed("django", 3, over, { writeId, rejected: { email: refusal } })]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: "no", parked: { cause: "concurrent" } });
    const seen = takeAll(edit.hub, [observed("django", 3, over, { writeId, rejected: {} })]);
    expect(seen.hub.groups["email"]).toMatchObject({ value: "staff@a.is" });
  });

  test("a corrected value is tried again", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no" }, { djangoId: 7 })]);
    const command = only(edit.commands);
    const refused = takeAll(edit.hub, [
      answered(command, 1, JON, { writeId: null, answer: { writeId: command.writeId, status: "rejected", rejected: { email: refusal } } }),
    ]);
    expect(refused.commands).toEqual([]);
    const mended = takeAll(refused.hub, [observed("firestore", 12, { ...JON, email: "yes@a.is" }, { djangoId: 7 })]);
    expect(only(mended.commands)).toMatchObject({ side: "django", groups: { email: "yes@a.is" } });
    expect(mended.conflicts).toMatchObject([{ state: "superseded" }]);
  });

  test("a create that is refused whole is not sent for ever", () => {
    const created = plan(undefined, [observed("firestore", 10, { email: "a@a.is" }, { djangoId: null })], DEFAULTS, NOON);
    const answer = {
      writeId: only(created.commands).writeId,
      status: "rejected" as const,
      rejected: { name: { code: "required", message: "This field is required." } },
    };
    const refused = takeAll(created.hub, [observed("django", 0, {}, { life: "missing", djangoId: null, answer })]);
    expect(refused.commands).toEqual([]);
    expect(refused.hub.life.parked?.cause).toBe("rejected");
    const mended = takeAll(refused.hub, [observed("firestore", 11, { email: "a@a.is", name: "Jón" }, { djangoId: null })]);
    expect(only(mended.commands)).toMatchObject({ side: "django", life: "alive", groups: { name: "Jón" } });
  });

  test("a refusal without words, or of nothing that was sent, is still told", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no" }, { djangoId: 7 })]);
    const { writeId } = only(edit.commands);
    const planned = takeAll(edit.hub, [observed("django", 1, JON, { answer: { writeId, status: "rejected" } })]);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected", refusal: { code: "rejected" } }]);

    const removal = takeAll(agreed(), [observed("django", 2, {}, { life: "missing", djangoId: null })]);
    const answer = { writeId: only(removal.commands).writeId, status: "rejected" as const };
    const kept = takeAll(removal.hub, [observed("firestore", 10, JON, { djangoId: 7, answer })]);
    expect(kept.conflicts).toMatchObject([{ group: "life", cause: "rejected", refusal: { side: "firestore", code: "rejected" } }]);
  });

  test("a refused value that was replaced since is not asked about: the newer one goes next", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no" }, { djangoId: 7 })]);
    const newer = takeAll(edit.hub, [observed("firestore", 12, { ...JON, email: "yes@a.is" }, { djangoId: 7 })]);
    const answer = { writeId: only(edit.commands).writeId, status: "rejected" as const, rejected: { email: refusal } };
    const planned = takeAll(newer.hub, [observed("django", 1, JON, { answer })]);
    expect(planned.conflicts).toEqual([]);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { email: "yes@a.is" } });
  });

  test("a value in conflict that is rejected moves the conflict on; one that lands and makes the sides equal closes it", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "no" }, { djangoId: 7 })]);
    const command = only(edit.commands);
    const contested = takeAll(edit.hub, [observed("django", 2, { ...JON, email: "staff@a.is" })]);
    const parked = contested.hub.groups["email"]?.parked;
    const again = { ...contested.hub, out: edit.hub.out };
    const refused = takeAll(again, [
      observed("django", 2, JON, { answer: { writeId: command.writeId, status: "rejected", rejected: { email: refusal } } }),
    ]);
    expect(refused.hub.groups["email"]?.parked).toEqual({ ...parked, step: refused.hub.rev });
    const landed = takeAll(again, [answered(command, 3, { ...JON, email: "no", phone: "777" })]);
    expect(landed.conflicts).toMatchObject([{ group: "email", state: "converged" }]);
    expect(landed.hub.groups["email"]?.parked).toBeUndefined();
  });

  test("what it rewrites is its edit, once", () => {
    const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, name: "JÓN" }, { djangoId: 7 })]);
    const rewritten = takeAll(edit.hub, [answered(only(edit.commands), 2, { ...JON, name: "jón" })]);
    const command = only(rewritten.commands);
    expect(command).toMatchObject({ side: "firestore", groups: { name: "jón" } });
    expect(takeAll(rewritten.hub, [answered(command, 12, { ...JON, name: "jón" })]).commands).toEqual([]);
  });

  test("two sides that rewrite each other are parked after three rounds (case 46)", () => {
    let planned = takeAll(agreed(), [observed("firestore", 11, { ...JON, name: "JÓN" }, { djangoId: 7 })]);
    let rounds = 0;
    for (let revision = 12; planned.commands.length > 0 && rounds < 20; revision += 1, rounds += 1) {
      const command = only(planned.commands);
      const name = command.side === "django" ? "jón" : "JÓN";
      planned = takeAll(planned.hub, [answered(command, revision, { ...JON, name })]);
    }
    expect(planned.hub.groups["name"]?.parked?.cause).toBe("oscillation");
    expect(rounds).toBeLessThanOrEqual(4);
  });
});
