import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { Conflict } from "../core/conflict.ts";
import type { HistoryRecord } from "../core/history.ts";
import type { Hub, Instant } from "../core/hub.ts";
import type { Direction, Restore } from "../core/policy.ts";

/** One page of a list, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A hub as stored, with the token that the next write of it must still find. */
export interface StoredHub {
  readonly hub: Hub;
  readonly token: string;
}

/** What one plan stores, all of it or nothing: hub, history and conflicts of one member. */
export interface HubCommit {
  readonly hub: Hub;
  /** Token of the hub that was planned on; `null` when there was none. */
  readonly token: string | null;
  readonly history: readonly HistoryRecord[];
  readonly conflicts: readonly Conflict[];
}

/**
 * `committed`; `outdated`: somebody else wrote that hub meanwhile, and it must be loaded and planned anew; or `unstored`:
 * the store took others, and not this one.
 */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly token: string }
  | { readonly kind: "outdated" }
  | { readonly kind: "unstored"; readonly error: Error };

/** A page of all hubs, in the order of their references. */
export interface HubPage {
  readonly hubs: readonly Hub[];
  /** Members whose stored hub cannot be read; they keep nobody else from being listed. */
  readonly unreadable: readonly MemberRef[];
  /** Where the next page begins; `null` at the end. */
  readonly next: MemberRef | null;
}

/** Holds the hubs. Grouped by design: every call takes many members. */
export interface HubStore {
  /** Loads the hubs that exist. */
  load(memberRefs: readonly MemberRef[]): Promise<ReadonlyMap<MemberRef, StoredHub>>;
  /**
   * Commits each entry by compare-and-set; outcomes in the order of the entries. Each entry is atomic, and none fails
   * another. An entry of ours that had landed though its reply was lost counts as `committed`. Rejects when none could be
   * stored: then it is the store that is in trouble.
   */
  commit(entries: readonly HubCommit[]): Promise<readonly CommitOutcome[]>;
  /** Members with a command emitted before `before`, oldest first. */
  inFlightSince(before: Instant, cursor: string | null, limit: number): Promise<Page<MemberRef>>;
  /** Members with an observation that waits for a flush, paged by reference. */
  waiting(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]>;
  /** Members with accepted edits that no command carries yet (a direction was closed), paged by reference. */
  due(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]>;
  /** Every hub, paged by reference. */
  all(after: MemberRef | null, limit: number): Promise<HubPage>;
}

/** Reads what commits stored for people. */
export interface ConflictStore {
  get(id: string): Promise<Conflict | undefined>;
  list(
    filter: { readonly state: Conflict["state"] | "all"; readonly memberRef?: MemberRef },
    cursor: string | null,
    limit: number,
  ): Promise<Page<Conflict>>;
  countOpen(): Promise<number>;
}

export interface HistoryStore {
  /** Newest first. */
  timeline(memberRef: MemberRef, cursor: string | null, limit: number): Promise<Page<HistoryRecord>>;
}

/** A dead letter and what became of it. */
export interface DeadLetter extends DeadLetterNotice {
  readonly state: "open" | "replayed" | "discarded";
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly seen: number;
  readonly resolution?: { readonly at: Instant; readonly actor: string | null; readonly reason: string | null };
}

export interface DeadLetterStore {
  /** Keeps the notice; the same id again is counted, not doubled, and reopens what was replayed. */
  put(notices: readonly DeadLetterNotice[], at: Instant): Promise<void>;
  get(id: string): Promise<DeadLetter | undefined>;
  list(
    filter: { readonly state: DeadLetter["state"] | "all"; readonly cause?: string },
    cursor: string | null,
    limit: number,
  ): Promise<Page<DeadLetter>>;
  /**
   * Marks an open letter; `false` when it was not open any more, or was seen again since it had been seen `seen` times:
   * a replay that has failed already did not help, and the letter stays open.
   */
  resolve(id: string, state: "replayed" | "discarded", resolution: NonNullable<DeadLetter["resolution"]>, seen?: number): Promise<boolean>;
  countOpen(): Promise<number>;
}

export interface DirectionCount {
  readonly success: number;
  readonly failed: number;
}

/** One run, in the seed's shape. */
export interface Run {
  readonly id: string;
  readonly type: "flush" | "backfill" | "audit" | "repair" | "replay";
  readonly status: "running" | "success" | "failed";
  readonly stats: {
    readonly firestore_to_django: DirectionCount;
    readonly django_to_firestore: DirectionCount;
    readonly conflicts: number;
  };
  readonly started_at: Instant;
  readonly completed_at: Instant | null;
  readonly error: string | null;
}

export interface RunLog {
  /** Begins a run unless one of the type is running whose lease holds; then `null`: one works, the other says so. */
  begin(run: Run, leaseMs: number): Promise<Run | null>;
  finish(run: Run): Promise<void>;
  list(cursor: string | null, limit: number): Promise<Page<Run>>;
}

/** A side that seems to have been restored from a backup. Commands to it wait until an operator confirms the restore. */
export interface Suspicion {
  readonly side: Side;
  /** The lineage that was known; `null` where the side told none. */
  readonly from: string | null;
  /** The lineages that it has told since, in the order in which they were heard; empty where it tells none. */
  readonly to: readonly string[];
  readonly since: Instant;
}

/** A restore that an operator has confirmed. */
export interface ConfirmedRestore extends Restore {
  readonly side: Side;
  readonly reason: string;
  readonly actor: string | null;
}

export interface Control {
  readonly paused: boolean;
  readonly direction: Direction;
  readonly reason: string | null;
  readonly changedAt: Instant | null;
  /** At most one for each side. */
  readonly suspicions: readonly Suspicion[];
  /** The last one of each side. */
  readonly restores: readonly ConfirmedRestore[];
}

export interface ControlStore {
  read(): Promise<Control>;
  /**
   * Replaces what is stored by what `change` makes of it, by compare-and-set: with another writer in between, `change` is
   * asked again.
   *
   * @param change may ask for nothing to be written by returning `null`
   * @returns what is stored now
   */
  update(change: (stored: Control) => Control | null): Promise<Control>;
}

/** Field maps that reconcilers of this installation have run with, by id. */
export interface FieldMapStore {
  read(): Promise<ReadonlyMap<string, FieldMapSignature>>;
  /** Keeps one more map; none is ever removed. Idempotent, also beside another instance that adds its own. */
  add(id: string, signature: FieldMapSignature): Promise<void>;
}

/** What the Django adapter published when asked to drain its outbox. */
export interface DrainReport {
  readonly published: readonly { readonly memberRef: MemberRef; readonly revision: string }[];
}

/** Asks the Django adapter to drain the outbox now. Rejects with a SyncError when it or Django cannot be reached. */
export interface DjangoDrain {
  drain(signal: AbortSignal): Promise<DrainReport>;
}

/** Everything that the reconciler keeps. */
export interface Stores {
  readonly hubs: HubStore;
  readonly conflicts: ConflictStore;
  readonly history: HistoryStore;
  readonly deadLetters: DeadLetterStore;
  readonly runs: RunLog;
  readonly control: ControlStore;
  readonly fieldMaps: FieldMapStore;
}
