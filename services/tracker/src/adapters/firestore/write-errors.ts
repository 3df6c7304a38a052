import { grpcCode, toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { WriteOutcome } from "../../app/ports.ts";

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;
export const ABORTED = 10;

/** Codes that a whole batch may have got for one of its writes, or for its own write that had landed. */
const OF_ONE_WRITE: ReadonlySet<number | undefined> = new Set([INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED]);

export function mayBeOneWrite(error: unknown): boolean {
  return OF_ONE_WRITE.has(grpcCode(error));
}

/** A create met something that is there. */
export function isTaken(error: unknown): boolean {
  return grpcCode(error) === ALREADY_EXISTS;
}

/** What an error says of a write that was tried alone. Firestore's own words may quote the document's path. */
export function outcomeOf(error: unknown): WriteOutcome {
  switch (grpcCode(error)) {
    case NOT_FOUND:
    case ALREADY_EXISTS:
    case FAILED_PRECONDITION:
      return { kind: "unmet" };
    case INVALID_ARGUMENT:
      return { kind: "invalid", reason: "Firestore refuses the document as invalid or too large" };
    case undefined:
    default:
      return { kind: "unsure", error: toSyncError(error) };
  }
}
