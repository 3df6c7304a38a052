import type { Instant } from "./hub.ts";

const FIRST_AFTER_MS = 30_000;
const LONGEST_MS = 3_600_000;

/**
 * Whether a command in flight is due to be sent again now: after half a minute, then after twice as long each time, at
 * least every hour. Needs no state of its own, so a side that is down for a week costs a handful of copies.
 *
 * @param previousSweep when this question was last asked; 0 when never, and then everything old enough is due
 */
export function isResendDue(emittedAt: Instant, previousSweep: Instant, now: Instant): boolean {
  const age = now - emittedAt;
  if (age < FIRST_AFTER_MS) return false;
  const lastDueAge = lastThreshold(age);
  return emittedAt + lastDueAge > previousSweep;
}

/** A command younger than this is never sent again. */
export const RESEND_AFTER_MS = FIRST_AFTER_MS;

function lastThreshold(age: number): number {
  if (age >= LONGEST_MS) return Math.floor(age / LONGEST_MS) * LONGEST_MS;
  let threshold = FIRST_AFTER_MS;
  while (threshold * 2 <= age) threshold *= 2;
  return threshold;
}
