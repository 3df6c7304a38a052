import { expect, test } from "vitest";
import { isResendDue, RESEND_AFTER_MS } from "./resend.ts";

const SECOND = 1000;
const HOUR = 3_600_000;

test("what is younger than half a minute is never sent again", () => {
  expect(isResendDue(0, 0, RESEND_AFTER_MS - 1)).toBe(false);
  expect(isResendDue(0, 0, RESEND_AFTER_MS)).toBe(true);
});

test.each([
  [30 * SECOND, 29 * SECOND, true],
  [59 * SECOND, 31 * SECOND, false],
  [61 * SECOND, 31 * SECOND, true],
  [121 * SECOND, 61 * SECOND, true],
  [HOUR, HOUR - SECOND, true],
  [2 * HOUR - SECOND, HOUR, false],
  [2 * HOUR, 2 * HOUR - SECOND, true],
])("at an age of %i ms, last asked at %i: due %s (twice as long each time, at least every hour)", (age, previousAge, isDue) => {
  const emittedAt = 1_000_000;
  expect(isResendDue(emittedAt, emittedAt + previousAge, emittedAt + age)).toBe(isDue);
});
