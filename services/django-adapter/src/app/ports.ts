import type { Life, Scalar } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";

/** Why Django would not take a path. */
export interface PathRefusal {
  readonly code: string;
  readonly message: string;
}

/** One row of Django's outbox, with the member as it stands now in one consistent snapshot. */
export interface OutboxRow {
  readonly id: number;
  /** As sent: with or without dash, not checked yet. */
  readonly ssn: string;
  /** Names of the fields that this row's change touched, in the outbox's short form (`email`, `street`). */
  readonly fieldsChanged: readonly string[];
  /** Epoch milliseconds, by Django's clock. */
  readonly createdAt: number;
  readonly revision: Revision;
  /** Nested like the Firestore document; `null` when the member is missing. */
  readonly record: unknown;
  readonly life: Life;
  readonly actor: string | null;
  /** Last write of ours that stands on the member. */
  readonly writeId: string | null;
  /** What was refused of that write, by path; absent where Django does not know it any more. */
  readonly writeErrors?: Readonly<Record<string, PathRefusal>>;
  readonly djangoId: number | null;
  /** Set when the kennitala itself was changed. */
  readonly previousSsn: string | null;
  /** The row as it arrived, for the dead letters. */
  readonly text: string;
}

/** A row that does not hold to the contract: it is given up on, and must not hold up the others. */
export interface UnreadableRow {
  readonly id: number;
  readonly reason: string;
  readonly text: string;
}

/** A page of pending rows, oldest first. `next` is a page mark only: rows leave by `markSynced`. */
export interface PendingPage {
  readonly rows: readonly OutboxRow[];
  readonly unreadable: readonly UnreadableRow[];
  readonly next: number | null;
}

/** One change as Django's `apply/` takes it. `expectedRevision` null: there must never have been such a member. */
export interface DjangoChange {
  readonly kennitala: string;
  readonly djangoId: number | null;
  readonly action: "create" | "update" | "delete";
  /** By canonical path, such as `profile.email`. */
  readonly changes: Readonly<Record<string, Scalar>>;
  readonly writeId: string;
  readonly expectedRevision: number | null;
}

/** What Django says became of one change, and what the member holds now. */
export interface DjangoResult {
  readonly writeId: string;
  readonly status: "success" | "stale" | "rejected" | "error";
  readonly message: string;
  readonly errors: Readonly<Record<string, PathRefusal>>;
  /** `null` where there never was such a member. */
  readonly revision: Revision | null;
  readonly record: unknown;
  readonly life: Life;
  readonly djangoId: number | null;
  /** Last write of ours that stands on the member. */
  readonly lastWriteId: string | null;
  /** What was refused of that last write, by path; absent where Django does not know it any more. */
  readonly lastWriteErrors?: Readonly<Record<string, PathRefusal>>;
  /** Epoch milliseconds, by Django's clock; `null` where Django does not say. */
  readonly changedAt: number | null;
}

export interface DjangoStatus {
  readonly pending: number;
  /** Epoch milliseconds of the oldest pending row. */
  readonly oldestPendingAt: number | null;
}

/**
 * The members in Django, as the sync sees them. Every method rejects with a SyncError: `django_unavailable`,
 * `django_unauthorised` and `django_bad_answer` may pass, `django_refused` says that the request itself is wrong.
 * All of them may be repeated without harm.
 */
export interface DjangoMembers {
  /** Pending outbox rows with an id above `after`. The same rows come again until they are marked. */
  pendingChanges(after: number, limit: number, signal?: AbortSignal): Promise<PendingPage>;
  /**
   * Applies each change by compare-and-set on the member's revision. The results may be fewer than the changes and
   * in any order: match them by `writeId`, and take a missing one for not done.
   */
  apply(changes: readonly DjangoChange[], signal?: AbortSignal): Promise<readonly DjangoResult[]>;
  /** Takes rows out of the outbox; only after what they tell is stored elsewhere. Returns how many left. */
  markSynced(ids: readonly number[], signal?: AbortSignal): Promise<number>;
  /** Also tells whether Django answers and takes our token. */
  status(signal?: AbortSignal): Promise<DjangoStatus>;
}
