import type { Life, Scalar } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";

/** Why Django would not take a path. */
export interface PathRefusal {
  readonly code: string;
  readonly message: string;
}

/** What Django's answer says of itself; absent where an older app does not say it. */
export interface Provenance {
  /** The id of the history of Django's database: a restored one has a new id, and its revisions begin anew. */
  readonly lineage?: string;
  /** How far Django's clock may be from ours, in milliseconds. */
  readonly clockErrorMs?: number;
}

/** One row of Django's outbox, with the member as it stands now in one consistent snapshot. */
export interface OutboxRow extends Provenance {
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
  /** `cancel` writes nothing, and Django never applies that write id afterwards; one that was applied stays so. */
  readonly action: "create" | "update" | "delete" | "cancel";
  /** By canonical path, such as `profile.email`. A path that Django does not map is rejected, and the others are written. */
  readonly changes: Readonly<Record<string, Scalar>>;
  readonly writeId: string;
  readonly expectedRevision: number | null;
  /** The lineage that `expectedRevision` belongs to: in a database of another one the change is stale. */
  readonly lineage?: string;
  /**
   * Epoch milliseconds at which the command was decided; absent for `cancel`. A change that names no lineage and expects
   * nobody is stale if Django's present lineage began at that time or later: it may be a late copy from before a restore (P8).
   */
  readonly emittedAt?: number;
}

/** What a member holds now. */
export interface Standing extends Provenance {
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

/** A member that was asked for, as it stands; one that is not there is `missing`. */
export interface ReadMember extends Standing {
  readonly kennitala: string;
}

/** What Django says became of one change, and what the member holds now. */
export interface DjangoResult extends Standing {
  readonly writeId: string;
  readonly status: "success" | "stale" | "rejected" | "error";
  readonly message: string;
  readonly errors: Readonly<Record<string, PathRefusal>>;
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
  /** What these members hold now, 500 at most. The results may be fewer: one that cannot be read is left out. */
  readMembers(kennitalas: readonly string[], signal?: AbortSignal): Promise<readonly ReadMember[]>;
  /** Takes rows out of the outbox; only after what they tell is stored elsewhere. Returns how many left. */
  markSynced(ids: readonly number[], signal?: AbortSignal): Promise<number>;
  /** Also tells whether Django answers and takes our token. */
  status(signal?: AbortSignal): Promise<DjangoStatus>;
}
