import { describe, expect, test } from "vitest";
import { expectedOf } from "./conflict.ts";
import { hold, waitingIn } from "./hold.ts";
import { LIFE, type Hub } from "./hub.ts";
import { planDecision } from "./plan-decision.ts";
import { plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

/** Traces that were found on the production planner, each with its end (A.9). */

const linked = { djangoId: 7 } as const;
const gone = { life: "missing", djangoId: null } as const;
const nameless = { email: "jon@a.is", phone: "555" };
const required = { name: { code: "required", message: "This field is required." } };

describe("a registration in two steps", () => {
  const registered = () => takeAll(undefined, [observed("firestore", 10, nameless, { djangoId: null })]);
  const named = observed("firestore", 11, JON, { djangoId: null });
  const rejection = (writeId: string) =>
    observed("django", 0, {}, { ...gone, answer: { writeId, status: "rejected", rejected: required } });

  test("the name that arrives while the nameless create is being rejected goes out with all the rest", () => {
    const first = registered();
    const second = takeAll(first.hub, [named]);
    const planned = takeAll(second.hub, [rejection(only(first.commands).writeId)]);
    expect(planned.conflicts).toEqual([]);
    expect(only(planned.commands)).toMatchObject({ side: "django", life: "alive", groups: JON });
  });

  test("where the rejection is heard first, e-mail and phone are not parked: nothing is wrong with them", () => {
    const first = registered();
    const rejected = takeAll(first.hub, [rejection(only(first.commands).writeId)]);
    expect(rejected.conflicts).toMatchObject([{ group: LIFE, cause: "rejected", refusal: { code: "required" } }]);
    expect(rejected.commands).toEqual([]);
    const planned = takeAll(rejected.hub, [named]);
    expect(only(planned.commands)).toMatchObject({ side: "django", life: "alive", groups: JON });
    expect(planned.conflicts).toMatchObject([{ group: LIFE, state: "superseded" }]);
  });

  test("a create that is rejected for one group is tried without it", () => {
    const first = takeAll(undefined, [observed("firestore", 10, JON, { djangoId: null })]);
    const refused = { email: { code: "invalid", message: "Enter a valid address." } };
    const answer = { writeId: only(first.commands).writeId, status: "rejected" as const, rejected: refused };
    const planned = takeAll(first.hub, [observed("django", 0, {}, { ...gone, answer })]);
    expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected" }]);
    expect(only(planned.commands)).toMatchObject({ side: "django", life: "alive", groups: { name: "Jón", phone: "555" } });
  });
});

test("a row that was removed and made again between two looks is another life: no field of the first flows into it (P8)", () => {
  const planned = takeAll(agreed(), [observed("django", 3, { name: "Jón Nýi" }, { djangoId: 8 })]);
  expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
  expect(only(planned.commands)).toMatchObject({
    side: "firestore",
    djangoId: 8,
    groups: { name: "Jón Nýi", email: null, phone: null },
  });
  expect(outcomes(planned)).toContain("email lost new-life");
});

test("a member whom only Django ever had is made anew there, and nothing else is asked for it", () => {
  const removed = takeAll(undefined, [observed("django", 1, JON), observed("django", 2, {}, gone)], policyOf({ paused: true })).hub;
  const planned = takeAll(removed, [observed("django", 3, { name: "Jón Nýi" }, { djangoId: 8 })]);
  expect(planned.hub.life).toMatchObject({ state: "alive", incarnation: 2 });
});

describe("the end of a life", () => {
  const staff = observed("django", 2, { ...JON, email: "staff@a.is" });
  const own = observed("firestore", 11, { ...JON, email: "own@a.is" }, linked);
  const contested = (): Hub => takeAll(agreed(), [staff, own]).hub;

  test("by a decision to delete closes the member's other conflicts, and the history has what was lost", () => {
    const asked = takeAll(contested(), [observed("django", 3, {}, gone)]).hub;
    const mark = asked.life.parked;
    if (mark === undefined) throw new Error("a person is asked");
    const choice = { kind: "django" } as const;
    const decision = { conflictId: mark.conflictId, group: LIFE, choice, expected: expectedOf(mark), actor: "admin", note: null };
    const decided = planDecision(asked, decision, DEFAULTS, NOON);
    if (typeof decided === "string") throw new Error(decided);
    expect(decided.conflicts).toMatchObject([
      { group: LIFE, state: "decided" },
      { group: "email", state: "superseded" },
    ]);
    expect(Object.values(decided.hub.groups).some(({ parked }) => parked !== undefined)).toBe(false);
    expect(outcomes(decided)).toContain("email lost life-ended");
  });

  test("by both sides closes the question and the member's other conflicts", () => {
    const asked = takeAll(contested(), [observed("firestore", 12, {}, gone)]).hub;
    const planned = takeAll(asked, [observed("django", 3, {}, gone)]);
    expect(planned.conflicts.map(({ group, state }) => `${group} ${state}`)).toEqual(["life converged", "email superseded"]);
  });
});

test("a write of ours that makes both sides equal closes the conflict", () => {
  const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "own@a.is" }, linked)]);
  const contested = takeAll(edit.hub, [observed("django", 2, { ...JON, email: "staff@a.is" })]).hub;
  const landed = takeAll({ ...contested, out: edit.hub.out }, [answered(only(edit.commands), 3, { ...JON, email: "own@a.is" })]);
  expect(landed.conflicts).toMatchObject([{ group: "email", state: "converged" }]);
  expect(landed.hub.groups["email"]).toMatchObject({ value: "own@a.is" });
});

test("every answer ends its command: one that was not found under its key waits for a person", () => {
  const edit = takeAll(agreed(), [observed("firestore", 11, { ...JON, email: "own@a.is" }, linked)]);
  const answer = {
    writeId: only(edit.commands).writeId,
    status: "rejected" as const,
    rejected: { life: { code: "not-found", message: "There is no row under this kennitala." } },
  };
  const planned = takeAll(edit.hub, [observed("django", 0, {}, { ...gone, answer })]);
  expect(planned.hub.out).toEqual({});
  expect(planned.commands).toEqual([]);
  expect(planned.conflicts).toMatchObject([{ group: "email", cause: "rejected", refusal: { code: "not-found" } }]);
});

test("a command with nothing but the Django id that is rejected is not sent for ever", () => {
  const joined = takeAll(undefined, [observed("firestore", 10, JON, { djangoId: null }), observed("django", 1, JON)]);
  const answer = { writeId: only(joined.commands).writeId, status: "rejected" as const };
  const planned = takeAll(joined.hub, [observed("firestore", 10, JON, { djangoId: null, answer })]);
  expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "rejected" }]);
  expect(planned.commands).toEqual([]);
});

describe("forbidden and unmapped changes are in the history whatever is heard first", () => {
  const notes = { ...linked, refused: ["membership.status"], unmapped: ["profile.hat"] };
  const told = ["membership.status refused forbidden", "profile.hat unmapped no-field-maps-it"];
  const noted = observed("firestore", 11, { ...JON, phone: "1" }, notes);

  test("in an event that comes late, once", () => {
    const newer = takeAll(agreed(), [observed("firestore", 12, { ...JON, phone: "2" }, linked)]).hub;
    const late = takeAll(newer, [noted]);
    expect(outcomes(late)).toEqual(told);
    expect(takeAll(late.hub, [noted]).changed).toBe(false);
  });

  test("in an event of the revision that a stale answer has told already, once", () => {
    const answer = { writeId: "aaaaaaaaaaaaaaaaaaaa.f9.x", status: "stale" as const };
    const read = takeAll(agreed(), [observed("firestore", 11, { ...JON, phone: "1" }, { ...linked, answer })]).hub;
    const event = takeAll(read, [noted]);
    expect(outcomes(event)).toEqual(told);
    expect(takeAll(event.hub, [noted]).changed).toBe(false);
  });

  test("in scheduled mode, when another edit follows before the flush", () => {
    const first = hold(agreed(), [noted], DEFAULTS, NOON).hub;
    const second = hold(
      first,
      [observed("firestore", 12, { ...JON, phone: "2" }, { ...linked, refused: ["metadata.x"] })],
      DEFAULTS,
      NOON,
    ).hub;
    const flushed = plan(second, waitingIn(second, DEFAULTS), DEFAULTS, NOON);
    expect(outcomes(flushed)).toEqual(["phone accepted newer", told[0], "metadata.x refused forbidden", told[1]]);
    const reversed = hold(hold(agreed(), [observed("firestore", 12, JON, linked)], DEFAULTS, NOON).hub, [noted], DEFAULTS, NOON);
    expect(waitingIn(reversed.hub, DEFAULTS)).toMatchObject([
      { revision: "12", refused: ["membership.status"], unmapped: ["profile.hat"] },
    ]);
    expect(hold(reversed.hub, [noted], DEFAULTS, NOON).changed).toBe(false);
  });
});

test("a decision on a side that has nobody clears nothing: it cannot be taken", () => {
  const registered = takeAll(undefined, [observed("firestore", 10, JON, { djangoId: null })]);
  const invalid = { email: { code: "invalid", message: "Enter a valid address." } };
  const answer = { writeId: only(registered.commands).writeId, status: "rejected" as const, rejected: invalid };
  const { hub } = takeAll(registered.hub, [observed("django", 0, {}, { ...gone, answer })]);
  const mark = hub.groups["email"]?.parked;
  if (mark === undefined) throw new Error("a person is asked");
  const decision = { conflictId: mark.conflictId, group: "email", expected: expectedOf(mark), actor: "admin", note: null };
  expect(planDecision(hub, { ...decision, choice: { kind: "django" } }, DEFAULTS, NOON)).toBe("nobody-there");
  expect(planDecision(hub, { ...decision, choice: { kind: "firestore" } }, DEFAULTS, NOON)).not.toBe("nobody-there");
});

test("a decision over a value that is on its way, and that neither side holds, has that value in the history (P1)", () => {
  const first = takeAll(agreed(), [observed("django", 2, { ...JON, email: "a@a.is" })]).hub;
  const contested = takeAll(first, [observed("firestore", 11, { ...JON, email: "own@a.is" }, linked)]);
  const rewritten = takeAll(contested.hub, [observed("django", 3, { ...JON, email: "b@a.is" })]).hub;
  const mark = rewritten.groups["email"]?.parked;
  if (mark === undefined) throw new Error("a person is asked");
  const choice = { kind: "firestore" } as const;
  const decision = { conflictId: mark.conflictId, group: "email", choice, expected: expectedOf(mark), actor: "admin", note: null };
  const decided = planDecision(rewritten, decision, DEFAULTS, NOON);
  if (typeof decided === "string") throw new Error(decided);
  const lost = decided.history.flatMap(({ entries }) => entries).filter(({ outcome }) => outcome === "lost");
  expect(lost.map(({ value }) => value)).toEqual(["b@a.is", "a@a.is"]);
});

test("history records of a hub that was lost are not overwritten: their ids tell when they were made", () => {
  const first = plan(undefined, [observed("django", 1, JON)], DEFAULTS, NOON);
  const lost = plan(undefined, [observed("django", 1, JON)], DEFAULTS, NOON + HOUR);
  expect(first.history[0]?.id).not.toBe(lost.history[0]?.id);
  expect(plan(undefined, [observed("django", 1, JON)], DEFAULTS, NOON).history[0]?.id).toBe(first.history[0]?.id);
});

test("two programs that each add to the value are parked, though it never swings back", () => {
  let hub = agreed();
  let revision = 20;
  let name = "J";
  for (let round = 0; hub.groups["name"]?.parked === undefined && round < 40; round += 1) {
    name += "+";
    const side = round % 2 === 0 ? "django" : "firestore";
    const planned = takeAll(hub, [observed(side, (revision += 1), { ...JON, name }, linked)]);
    hub = takeAll(
      planned.hub,
      planned.commands.map((command) => answered(command, (revision += 1), { ...JON, name })),
    ).hub;
  }
  expect(hub.groups["name"]?.parked?.cause).toBe("oscillation");
});

test("people who answer each other at leisure are never taken for programs", () => {
  let hub = agreed();
  let revision = 20;
  for (let round = 0; round < 30; round += 1) {
    const name = `Jón ${round}`;
    const side = round % 2 === 0 ? "django" : "firestore";
    const changedAt = NOON + round * 120_000;
    const planned = takeAll(hub, [observed(side, (revision += 1), { ...JON, name }, { ...linked, changedAt })]);
    const command = only(planned.commands);
    hub = plan(planned.hub, [answered(command, (revision += 1), { ...JON, name })], DEFAULTS, changedAt).hub;
  }
  expect(hub.groups["name"]).toMatchObject({ value: "Jón 29" });
  expect(hub.groups["name"]?.parked).toBeUndefined();
});

test("one hot contested member is reported once a minute, not for each of its moves", () => {
  let { hub } = takeAll(agreed(), [
    observed("django", 2, { ...JON, email: "staff@a.is" }),
    observed("firestore", 11, { ...JON, email: "own@a.is" }, linked),
  ]);
  let notices = 0;
  for (let move = 0; move < 600; move += 1) {
    const planned = plan(hub, [observed("firestore", 12 + move, { ...JON, email: `${move}@a.is` }, linked)], DEFAULTS, NOON + move * 1_000);
    expect(planned.conflicts).toHaveLength(1);
    notices += planned.notices.length;
    ({ hub } = planned);
  }
  expect(notices).toBeLessThanOrEqual(10);
});

test("old creates of ours that land after many of them ended unanswered are still known for ours", () => {
  const manual = policyOf({ groups: { email: { kind: "manual" } } });
  let planned = takeAll(undefined, [observed("django", 1, JON)], manual);
  const creates = [];
  for (let revision = 10; revision < 17; revision += 1) {
    const command = only(planned.commands);
    creates.push(command);
    planned = takeAll(
      planned.hub,
      [observed("firestore", revision, {}, { ...gone, answer: { writeId: "other", status: "stale" } })],
      manual,
    );
  }
  const [first] = creates;
  if (first === undefined) throw new Error("there was a first create");
  const edited = takeAll(planned.hub, [observed("django", 2, { ...JON, email: "staff@a.is" })], manual).hub;
  const landed = takeAll(edited, [observed("firestore", 30, JON, { ...linked, writeId: first.writeId, created: "30" })], manual);
  expect(landed.conflicts).toEqual([]);
  expect(only(landed.commands)).toMatchObject({ groups: { email: "staff@a.is" } });
});
