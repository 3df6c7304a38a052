import type { GroupName, GroupValue, Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";

/** Epoch milliseconds. */
export type Instant = number;

/** Grows by one with each accepted edit of a group or of the member's life. */
export type Version = number;

/** Pseudo-group that a member's life is addressed by in conflicts and history. */
export const LIFE = "life";

/** Why a group, or the member's life, waits for a person. */
export const CONFLICT_CAUSES = ["concurrent", "rejected", "oscillation", "delete-edit", "delete-review", "recreated"] as const;
export type ConflictCause = (typeof CONFLICT_CAUSES)[number];

/** Mark on a group (or life) whose conflict is open: neither side is overwritten. */
export interface Parked {
  readonly conflictId: string;
  readonly cause: ConflictCause;
  readonly openedAt: Instant;
  /** The hub's `rev` at the conflict's last change; a decision names the one that it was made on. */
  readonly step: number;
  /** When it last changed: keeps apart two histories of a hub that was restored. */
  readonly movedAt: Instant;
  /** When people were last notified of it. */
  readonly noticedAt: Instant;
  /** What both sides had last agreed on. */
  readonly agreed: GroupValue;
  /** The side that rejected the value, and its reason, for cause `rejected`. */
  readonly refusal?: { readonly side: Side } & Refusal;
}

/** Who gave a register its value, and when by that side's clock. `hub` is a person's decision. */
export interface Stamp {
  readonly side: Side | "hub";
  readonly actor: string | null;
  readonly changedAt: Instant;
  /** How far that clock was measured to be off, where it was measured. */
  readonly clockErrorMs?: number;
}

/** The agreed value of one group. */
export interface GroupRegister extends Stamp {
  readonly value: GroupValue;
  readonly ver: Version;
  readonly parked?: Parked;
  /** Grows while programs on both sides keep changing the value: see `bounce.ts`. */
  readonly bounces?: number;
  /** The value before this one, to tell a value that swings back. */
  readonly previous?: GroupValue;
}

/** Whether the organisation has the member: a register like any group. */
export interface LifeRegister extends Stamp {
  readonly state: "alive" | "deleted";
  readonly ver: Version;
  /** Counts the lives of one kennitala: a member created after a delete is a new one. */
  readonly incarnation: number;
  readonly parked?: Parked;
}

/** A command that may be on its way, or may already have landed without our knowing. */
export interface InFlight {
  readonly writeId: string;
  readonly expectRevision: Revision | null;
  /** For a create: the side's revision where it has reported the member missing, 0 if it never had them. */
  readonly tombstone?: Revision;
  readonly groups: MemberRecord;
  /** Hub versions that the values are of, by group. */
  readonly vers: Readonly<Record<GroupName, Version>>;
  readonly life?: { readonly state: "alive" | "deleted"; readonly ver: Version };
  /** The Django id that the command writes on the Firestore side. */
  readonly djangoId: number | null;
  readonly emittedAt: Instant;
}

/** When, by the side's clock, and by whom content was given. */
export interface ContentStamp {
  readonly changedAt: Instant;
  readonly actor: string | null;
  readonly clockErrorMs?: number;
}

/** What one side is known to hold and to have seen. */
export interface SideState {
  /** The highest revision taken in. */
  readonly revision: Revision;
  /** The record held at that revision. */
  readonly shadow: MemberRecord;
  readonly life: Life;
  /** When what holds the record came to be, where the side tells. */
  readonly created?: Revision;
  readonly djangoId: number | null;
  /** Hub version that the side's content reflects, by group. */
  readonly seen: Readonly<Record<GroupName, Version>>;
  readonly seenLife: Version;
  readonly stamps: Readonly<Record<GroupName, ContentStamp>>;
  /** When and by whom the side was last changed at all: the stamp of its report on the life. */
  readonly lifeStamp?: ContentStamp;
  /**
   * The last of our write ids that was read there, also after the member was removed: a copied document shows it again. An
   * earlier one that a client puts back does not take its place.
   */
  readonly mark?: string;
  /** Groups that the side may hold and that we have not read there: withheld from its commands until they are read. */
  readonly unread?: readonly GroupName[];
  /**
   * Groups that a program lost with the document, wholly or in part: the shadow is what was lost, and the next command
   * writes it back.
   */
  readonly missing?: readonly GroupName[];
  /** Id of the field map that the side was read with. */
  readonly map?: string;
  /** Protected paths that do not hold what we wrote: the next command restores them. */
  readonly tampered?: readonly string[];
  /** Commands in a row that only restored protected paths or lost groups; a day without any change there ends the row. */
  readonly putBacks?: number;
  /** The side's history that the revision belongs to; a restored side has another. */
  readonly lineage?: string;
  /** When the operator confirmed the restore under which the side was last read. */
  readonly restoredAt?: Instant;
  /** Revisions of the newest few observations whose notes are in the history. */
  readonly heard?: readonly Revision[];
}

/**
 * An observation that is queued: for the next flush or, of a side that seems to be restored, for an operator's confirmation. With it
 * stands when each of its groups was first seen changed.
 */
export interface Waiting {
  /** Without what the hub says anyway, and without what is for people only. */
  readonly observation: Omit<Observation, "id" | "side" | "memberRef" | "kennitala" | "changed">;
  readonly firstSeenAt: Readonly<Record<GroupName, Instant>>;
  /** Id of the field map that was in force when it began to wait. */
  readonly map?: string;
  /** The side seems to have been restored from a backup: nothing is sent there until an operator confirms it. */
  readonly suspended?: true;
}

/** Our own record of one member. `rev` is the compare-and-set token of the plan that wrote it. */
export interface Hub {
  readonly memberRef: MemberRef;
  readonly kennitala: string;
  readonly djangoId: number | null;
  readonly rev: number;
  /** When this state was planned, epoch milliseconds. */
  readonly plannedAt: Instant;
  readonly groups: Readonly<Record<GroupName, GroupRegister>>;
  readonly life: LifeRegister;
  /** A side never heard of is missing. */
  readonly sides: { readonly [S in Side]?: SideState };
  /** At most one command per side. Kept apart from `sides`: one may be on its way to a side never heard of. */
  readonly out: { readonly [S in Side]?: InFlight };
  /**
   * Creates for Firestore that ended without an answer of their own. Firestore keeps no tombstones, so they may land all
   * the same, and must be known for ours when they do. At most the newest few.
   */
  readonly lateCreates?: readonly InFlight[];
  /** At most the newest observation per side that waits for a flush or an operator. */
  readonly waiting: { readonly [S in Side]?: Waiting };
  /**
   * Groups that the field map in force does not have, each with the id of the last map that had it. Until a map has them
   * again they are not read or sent, and `isInSync()` does not compare them. Their open conflicts close with the next plan.
   */
  readonly retired?: Readonly<Record<GroupName, string>>;
}
