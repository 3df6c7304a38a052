import { Firestore } from "@google-cloud/firestore";
import { PassThroughClient } from "google-auth-library";
import { SyncError } from "../errors/sync-error.ts";
import { boundCalls } from "./bound-calls.ts";
import { countCalls, type FirestoreCounters } from "./count-calls.ts";

export interface FirestoreOptions {
  readonly projectId: string;
  /** `host:port`; absent for Google's own. */
  readonly emulatorHost?: string;
  readonly databaseId?: string;
  /** Within which every call ends. 8 s, below every acknowledgement deadline: a black hole would hang it for a minute. */
  readonly deadlineMs?: number;
  /** Where its calls are counted; absent for nowhere. */
  readonly counters?: FirestoreCounters;
}

/**
 * A Firestore client whose every call ends within the deadline, the client's own retries included. Against an emulator
 * it needs no credentials and looks for none.
 */
export function createFirestore(options: FirestoreOptions): Firestore {
  const { projectId, emulatorHost, databaseId, deadlineMs = 8_000, counters } = options;
  const firestore = new Firestore({
    projectId,
    ...(databaseId === undefined ? {} : { databaseId }),
    ...(emulatorHost === undefined ? {} : { host: emulatorHost, ssl: false, authClient: new PassThroughClient() }),
  });
  boundCalls(firestore, deadlineMs);
  if (counters !== undefined) countCalls(firestore, counters);
  return firestore;
}

const REFUSED: ReadonlySet<number> = new Set([7, 16]);

/**
 * Firestore's error as ours. Only a missing permission is final. Code 3 is not: a commit whose reply was lost
 * answers "transaction is invalid or closed" although it stands.
 */
export function toSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = grpcCode(error);
  const details = code === undefined ? {} : { grpcCode: code };
  return new SyncError(code !== undefined && REFUSED.has(code) ? "store_refused" : "store_unavailable", details, { cause: error });
}

/** NOT_FOUND of an update, ALREADY_EXISTS of a create, FAILED_PRECONDITION of another `lastUpdateTime`. */
const PRECONDITION: ReadonlySet<number | undefined> = new Set([5, 6, 9]);

/** Whether the server says that a document is not as a write required it. */
export function isPrecondition(error: unknown): boolean {
  return PRECONDITION.has(grpcCode(error));
}

/** The gRPC status of a client's error. */
export function grpcCode(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "number" ? error.code : undefined;
}
