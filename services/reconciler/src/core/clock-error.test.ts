import { expect, test } from "vitest";
import { HOUR, NOON, observed } from "./testing/samples.ts";
import { agreed, JON, takeAll } from "./testing/steps.ts";
import { plan } from "./plan.ts";
import { DEFAULTS } from "./testing/steps.ts";

const staff = (clockErrorMs: number) => observed("django", 2, { ...JON, email: "staff@a.is" }, { clockErrorMs });
const member = (clockErrorMs: number) =>
  observed("firestore", 11, { ...JON, email: "member@a.is" }, { djangoId: 7, changedAt: NOON + HOUR + 2_000, clockErrorMs });

test("what was measured of both sides' clocks widens the window within which a person is asked", () => {
  const valueAfter = (django: number, firestore: number) =>
    plan(agreed(), [staff(django), member(firestore)], DEFAULTS, NOON + 2 * HOUR).hub.groups["email"];
  expect(valueAfter(999, 1_000)).toMatchObject({ value: "member@a.is" });
  expect(valueAfter(1_000, 1_000)).toMatchObject({ parked: { cause: "concurrent" } });
});

test("what was measured is kept with the value, and goes with it", () => {
  const first = takeAll(agreed(), [staff(5)]).hub;
  expect(first.groups["email"]).toMatchObject({ clockErrorMs: 5 });
  const second = takeAll(first, [observed("django", 3, { ...JON, email: "other@a.is" })]).hub;
  expect(second.groups["email"]?.clockErrorMs).toBeUndefined();
  const deleted = takeAll(second, [observed("django", 4, JON, { life: "deleted", clockErrorMs: 5 })]).hub;
  expect(deleted.life).toMatchObject({ state: "deleted", clockErrorMs: 5 });
  expect(takeAll(deleted, [observed("django", 5, JON)]).hub.life.clockErrorMs).toBeUndefined();
});

test("a stamp of the future wins nothing: it counts as now", () => {
  const year275760 = 8_640_000_000_000_000;
  const planned = plan(agreed(), [observed("django", 2, { ...JON, email: "staff@a.is" }, { changedAt: year275760 })], DEFAULTS, NOON);
  expect(planned.hub.groups["email"]?.changedAt).toBe(NOON);
  expect(planned.hub.sides.django).toMatchObject({ stamps: { email: { changedAt: NOON } }, lifeStamp: { changedAt: NOON } });
  expect(planned.history[0]?.entries).toMatchObject([{ changedAt: NOON }]);
});
