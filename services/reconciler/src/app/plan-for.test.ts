import { describe, expect, test } from "vitest";
import { answered, NOON, observed } from "../core/testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "../core/testing/steps.ts";
import { planFor, planWaiting } from "./plan-for.ts";

const edit = observed("firestore", 20, { ...JON, email: "member@a.is" }, { djangoId: 7 });

describe("in scheduled mode an answer is planned at once, and an edit that is delivered with it waits", () => {
  test("for the flush, which takes it in", () => {
    const { hub, commands } = takeAll(agreed(), [observed("django", 2, { ...JON, phone: "777" })]);
    const applied = answered(only(commands), 11, { ...JON, phone: "777" });
    const planned = planFor("scheduled", hub, [applied, { ...edit, record: { ...edit.record, phone: "777" } }], DEFAULTS, NOON);
    expect(planned.hub.sides.firestore).toMatchObject({ revision: "11", shadow: { phone: "777" } });
    expect(planned.hub.waiting.firestore?.observation.revision).toBe("20");
    expect(only(planWaiting(planned.hub, DEFAULTS, NOON).commands)).toMatchObject({ side: "django", groups: { email: "member@a.is" } });
  });

  test("and is stored, though the answer itself says nothing new", () => {
    const late = observed("firestore", 5, JON, { answer: { writeId: "an.earlier.one", status: "stale" } });
    const planned = planFor("scheduled", agreed(), [late, edit], DEFAULTS, NOON);
    expect(planned.changed).toBe(true);
    expect(planned.hub.waiting.firestore?.observation.revision).toBe("20");
  });

  // Seed 545034.
  test("unless it alone shows what was lost with a replaced document, and the answer shows the document after it", () => {
    const sent = takeAll(agreed(), [observed("django", 2, { ...JON, name: "staff's" })]);
    const { phone: _, ...left } = JON;
    const replacement = observed("firestore", 12, { ...JON, phone: "777" }, { djangoId: null, replaced: ["phone"] });
    const held = planFor("scheduled", sent.hub, [replacement], DEFAULTS, NOON);
    const stale = { writeId: only(sent.commands).writeId, status: "stale" } as const;
    const planned = planFor("scheduled", held.hub, [observed("firestore", 12, left, { djangoId: null, answer: stale })], DEFAULTS, NOON);
    expect(outcomes(planned)).toContain("phone accepted newer");
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { phone: "777" } },
      { side: "firestore", groups: { phone: "777", name: "staff's" } },
    ]);
  });

  test("and what is noted of the edits is stored with it: a forbidden change that is heard late has its line", () => {
    const forbidden = observed("firestore", 9, JON, { refused: ["membership.status"] });
    const { hub, commands } = takeAll(agreed(), [observed("django", 2, { ...JON, phone: "777" })]);
    const planned = planFor("scheduled", hub, [forbidden, answered(only(commands), 11, { ...JON, phone: "777" })], DEFAULTS, NOON);
    expect(outcomes(planned)).toEqual(["membership.status refused forbidden"]);
    expect(planned.hub.sides.firestore?.revision).toBe("11");
  });
});

describe("a conflict that both steps touch", () => {
  /** A command whose e-mail address Django rejects is on its way; what it wrote of the rest is heard of late. */
  function rejecting() {
    const base = agreed();
    const member = (record: typeof JON) => observed("firestore", 11, record, { djangoId: 7 });
    const { hub, commands } = takeAll(base, [member({ ...JON, email: "no", phone: "777" })]);
    const { writeId } = only(commands);
    const rejected = { email: { code: "invalid", message: "Enter a valid email address." } };
    return { hub, echo: observed("django", 1, JON, { writeId, rejected }), answer: { writeId, status: "applied", rejected } as const };
  }

  test("is stored once, as the later one left it", () => {
    const { hub, echo, answer } = rejecting();
    const reply = observed("django", 2, { ...JON, phone: "777" }, { writeId: answer.writeId, answer });
    const planned = planFor("scheduled", hub, [echo, reply], DEFAULTS, NOON);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected", state: "open" }]);
    expect(planned.notices).toHaveLength(1);
  });

  test("by the first step only is stored all the same", () => {
    const { hub, echo } = rejecting();
    const late = observed("firestore", 5, JON, { answer: { writeId: "an.earlier.one", status: "stale" } });
    expect(planFor("scheduled", hub, [echo, late], DEFAULTS, NOON).conflicts).toMatchObject([{ group: "email", state: "open" }]);
  });
});

test("in scheduled mode what calls for nothing changes nothing", () => {
  const late = observed("firestore", 5, JON, { answer: { writeId: "an.earlier.one", status: "stale" } });
  expect(planFor("scheduled", agreed(), [late], DEFAULTS, NOON)).toMatchObject({ changed: false });
});

test("in realtime mode edits and answers are planned together", () => {
  expect(planFor("realtime", agreed(), [edit], DEFAULTS, NOON).commands).toMatchObject([
    { side: "django", groups: { email: "member@a.is" } },
  ]);
});
