import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { SyncError } from "@member-sync/shared/errors/sync-error.ts";

/**
 * What a document holds, in plain JavaScript: maps are objects, arrays arrays, timestamps `Date`, bytes `Uint8Array`.
 * Doubles and integers that JSON cannot carry are strings.
 */
export type DocumentData = { readonly [field: string]: unknown };

/** A document as one commit left it. */
export interface Snapshot {
  readonly data: DocumentData;
  /** The document's update time in nanoseconds. */
  readonly revision: Revision;
  /** When the document came to be, in nanoseconds: one that is removed and made again is another. Absent where it is not told. */
  readonly created?: Revision;
}

/** Who wrote, as the side says: the kind of login and an id of it. Either may be missing. */
export interface Writer {
  readonly authType: string | null;
  readonly authId: string | null;
}

/** One commit on one document: `before` is missing for a created document, `after` for a removed one. */
export interface DocumentChange {
  /** The document's id, unchecked: it should be a kennitala. */
  readonly kennitala: string;
  readonly before?: Snapshot;
  readonly after?: Snapshot;
  /** When the change happened, in nanoseconds; possibly cut to seconds. */
  readonly eventTime: Revision;
  readonly actor: Writer;
}

/** A write of some paths of one document, guarded by what must stand there. */
export interface DocumentWrite {
  readonly kennitala: string;
  /** `null`: there must be no document; otherwise the very revision that it must stand at. */
  readonly expectRevision: Revision | null;
  /** For a create: a name under which it is carried out once and never again, even when the document is gone since. */
  readonly once?: string;
  /** Values by dotted path. Paths that are not named stay untouched. */
  readonly set: { readonly [path: string]: Scalar };
  /** Dotted paths that take the server's time. */
  readonly serverTime: readonly string[];
}

/**
 * What is known of a write after it was tried. Only a read tells what the document holds.
 * - `written`: reported as written.
 * - `unmet`: reported that the document does not stand as expected; a lost reply may hide a write of ours that landed.
 * - `spent`: a create that was carried out before; what it made may be gone since.
 * - `invalid`: refused for what it says, tried alone.
 * - `unsure`: no usable answer; it may have landed.
 */
export type WriteOutcome =
  | { readonly kind: "written" }
  | { readonly kind: "unmet" }
  | { readonly kind: "spent" }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "unsure"; readonly error: SyncError };

export interface DocumentsRead {
  /** The documents that exist. */
  readonly found: ReadonlyMap<string, Snapshot>;
  /** When they stood so, in nanoseconds: later than every commit seen, earlier than every one to come. */
  readonly readTime: Revision;
}

/** The members' documents. Grouped by design: every call takes many members. */
export interface MemberDocuments {
  /**
   * Tries each write by its own precondition, each atomic, none failing another; outcomes in the order of the writes.
   * At most one write per document in a call. Never rejects.
   */
  write(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]>;
  /** Reads how the documents stand now. Rejects with a SyncError when it cannot be told. */
  read(kennitalas: readonly string[]): Promise<DocumentsRead>;
  /**
   * When the create of that name (`DocumentWrite.once`) was carried out: the revision that it gave to its document, or
   * `null` when it never was. Rejects with a SyncError when it cannot be told.
   */
  createdAt(once: string): Promise<Revision | null>;
  /** The next documents by id after `after`, for a sweep over all of them. Ids are unchecked. */
  list(after: string | null, limit: number): Promise<readonly (readonly [id: string, snapshot: Snapshot])[]>;
}
