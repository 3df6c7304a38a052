import { grpcCode } from "@member-sync/shared/firestore/client.ts";

/** gRPC codes after which a write is known not to have been made, or may have been made by us with the answer lost. */
const IN_DOUBT = new Set([
  3, // INVALID_ARGUMENT: what a transaction says that had been committed when its answer was lost
  4, // DEADLINE_EXCEEDED
  5, // NOT_FOUND: an update of what is not there
  6, // ALREADY_EXISTS: a create, perhaps our own whose answer was lost
  9, // FAILED_PRECONDITION: another `lastUpdateTime`, perhaps by our own write
  10, // ABORTED
  13, // INTERNAL
  14, // UNAVAILABLE
]);

/** Whether the document must be read to know what became of a write. */
export function isInDoubt(error: unknown): boolean {
  return IN_DOUBT.has(grpcCode(error) ?? -1);
}

const CANCELLED = 1;

/** Whether a call ended at its deadline, without a word of the server (see `boundCalls`), or was called off there. */
export function isUnanswered(error: unknown): boolean {
  return grpcCode(error) === CANCELLED || (error instanceof Error && "code" in error && error.code === "ETIMEDOUT");
}
