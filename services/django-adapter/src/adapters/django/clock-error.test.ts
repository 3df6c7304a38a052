import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createClockError } from "./clock-error.ts";

/** A reading of a clock that is ahead by `leadMs`, made in the middle of a round trip. */
const reading = (sentAt: number, roundTripMs: number, leadMs: number) => ({
  sentAt,
  answeredAt: sentAt + roundTripMs,
  theirs: sentAt + roundTripMs / 2 + leadMs,
});

test("the error is the lead plus half the round trip, rounded up, whichever clock is ahead", () => {
  expect(createClockError()(reading(1000, 10, 0))).toBe(5);
  expect(createClockError()(reading(1000, 11, 0))).toBe(6);
  expect(createClockError()(reading(1000, 10, 3_600_000))).toBe(3_600_005);
  expect(createClockError()(reading(1000, 10, -200))).toBe(205);
});

test("a slow answer does not replace an exact one, until that is a minute old", () => {
  const clockError = createClockError();
  expect(clockError(reading(0, 10, 50))).toBe(55);
  expect(clockError(reading(30_000, 4_000, 50))).toBe(55);
  expect(clockError(reading(60_000, 4_000, 50))).toBe(2_050);
});

test("a more exact answer counts at once, and so does one that shows that a clock was set", () => {
  const clockError = createClockError();
  expect(clockError(reading(0, 100, 0))).toBe(50);
  expect(clockError(reading(1_000, 20, 0))).toBe(10);
  expect(clockError(reading(2_000, 40, 5_000))).toBe(5_020);
});

test("a clock of ours that was set back is no negative round trip", () => {
  expect(createClockError()({ sentAt: 1_000, answeredAt: 400, theirs: 700 })).toBe(0);
});

test.prop([
  fc.integer({ min: -10_000, max: 10_000 }),
  fc.array(fc.record({ out: fc.nat({ max: 3_000 }), back: fc.nat({ max: 3_000 }) }), { minLength: 1, maxLength: 20 }),
])("wherever on the round trip their clock was read, its lead is never more than the error", (leadMs, trips) => {
  const clockError = createClockError();
  let now = 1_000_000;
  for (const { out, back } of trips) {
    const error = clockError({ sentAt: now, answeredAt: now + out + back, theirs: now + out + leadMs });
    expect(error).toBeGreaterThanOrEqual(Math.abs(leadMs));
    now += out + back + 1_000;
  }
});
