import { z } from "zod";

/**
 * A number that only grows, given by the side itself, as a decimal string: Firestore's is the commit time in
 * nanoseconds, which a JavaScript number cannot hold.
 */
export const revision = z.string().regex(/^(0|[1-9]\d{0,19})$/, "a revision is a whole number in decimal digits");
export type Revision = string;

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareRevisions(a: Revision, b: Revision): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
