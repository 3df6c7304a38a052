import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import type { GroupValue, Life } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";

/** Name of one edit. Values are abstract and unique, so an edit is named by the value that it gave. */
export type EditId = string;

/** One side as it truly stands, and what somebody who looks at it has seen. */
export interface Content {
  readonly record: Readonly<Record<string, GroupValue>>;
  readonly life: Life;
  readonly revision: number;
  readonly writeId: string | null;
  readonly djangoId: number | null;
  /** Revision at which the document or row came to be. */
  readonly created: number;
  /** What was refused of the write that stands here. */
  readonly rejected: readonly string[];
  /** Write ids that landed here. Django keeps them all, Firestore those of creates. */
  readonly landed: readonly string[];
  /** Edits and removals that whoever edits here has seen, directly or in what they led to. */
  readonly knows: readonly EditId[];
  /** The history that the revision belongs to; a restored side has another. Only in worlds with a restore. */
  readonly lineage?: string;
  /** A protected path that does not hold what we wrote: only a write of the status restores it. */
  readonly isTampered?: true;
}

/** The field map of a program: the old one does not have the world's last group. */
export type MapVersion = "old" | "new";

/** Which field map the reconciler reads with, and which programs run on each side. */
export interface Deployment {
  readonly reconciler: MapVersion;
  readonly programs: { readonly [S in Side]: readonly MapVersion[] };
}

/** How far a side's restore from its backup has come. */
export type RestoreStage = "unannounced" | "announced" | "confirmed";

/** A conflict as a person looked at it. */
export interface View {
  readonly conflictId: string;
  readonly group: string;
  readonly expected: string;
  readonly held: string;
}

/**
 * One state of a small world. Messages are sets that only grow: each may be taken in at any time, any number of times
 * or never, which is loss, repetition, delay, reordering and a crash after any step, all in one.
 */
export interface State {
  readonly sides: { readonly [S in Side]: Content };
  readonly hub: Hub | undefined;
  readonly observations: readonly Observation[];
  readonly commands: readonly ApplyCommand[];
  /** A worker that has read the hub and planned, and has not committed yet. */
  readonly worker?: { readonly hub: Hub | undefined; readonly observation: Observation };
  readonly view?: View;
  /** What each edit's and each removal's maker had seen. */
  readonly past: Readonly<Record<EditId, readonly EditId[]>>;
  readonly removals: readonly EditId[];
  /** Edits that the history names as losers, with rule and value. */
  readonly lost: readonly EditId[];
  /**
   * Values of which it is not known who has seen them: a person chose an old one again, a backup brought it back, or a
   * program with an old map rejected it before another one wrote it.
   */
  readonly chosen: readonly EditId[];
  readonly creations: number;
  readonly decisions: number;
  readonly lifeDecisions: number;
  readonly writes: number;
  readonly pauses: number;
  readonly isPaused: boolean;
  /** What a restore brings back. */
  readonly backups: { readonly [S in Side]?: Content };
  readonly backupsTaken: number;
  readonly restored: { readonly [S in Side]?: RestoreStage };
  /** Edits and removals that went with a restore or a replaced document, and that nobody else had heard of. */
  readonly rolledBack: readonly EditId[];
  readonly deployment?: Deployment;
  readonly replacements: number;
  readonly tamperings: number;
  /** Fault only: revisions up to here are never read again. */
  readonly watermark: { readonly [S in Side]: number };
}

/** A step from one state to the next; a broken promise ends the exploration. */
export interface Step {
  readonly label: string;
  readonly state: State;
  readonly broken?: string;
}

/** Deliberate faults outside the planner: in the appliers, the store and the delivery. */
export type Fault =
  | "no-side-compare-and-set"
  | "no-hub-compare-and-set"
  | "write-id-not-stored"
  | "send-before-commit"
  | "never-sent-again"
  | "history-after-commit"
  | "acknowledged-before-commit"
  | "watermark-on-time"
  | "tombstone-ignored"
  | "every-write-revives"
  | "creates-land-twice";

/** What may happen in a world. */
export interface WorldRules {
  readonly name: string;
  readonly groups: readonly string[];
  readonly start: "empty" | "django-only" | "agreed";
  /** How many edits are made on each side, at most. */
  readonly edits: { readonly [S in Side]: number };
  readonly clears?: number;
  readonly removals?: { readonly [S in Side]?: number };
  readonly deactivations?: number;
  readonly creations?: number;
  readonly decisions?: number;
  /** Values (by edit) that Django refuses. */
  readonly refused?: readonly EditId[];
  /** Django does not tell what it refused but in its answer, as when it has forgotten the write. */
  readonly refusalsUntold?: boolean;
  readonly policy?: "park" | "lww" | "owner-django" | "owner-firestore";
  readonly firestoreDelete?: "deactivate" | "review";
  /** How often the sync is paused, at most. */
  readonly pauses?: number;
  /** Sides that are restored from a backup once, and whether the operator renews the lineage at once or only later. */
  readonly restores?: { readonly [S in Side]?: "announced" | "unannounced" };
  /** How often a new backup is taken; without, a restore brings the start back. */
  readonly backups?: number;
  /** A restored side counts on from its last revision, as Firestore does, which stamps each write with the time. */
  readonly countsOnAfterRestore?: boolean;
  /** The last group is mapped in the middle: these sides hold a value of it then, each its own. */
  readonly lateGroup?: readonly Side[];
  /** On these sides programs with an old map, which does not have the last group, run beside new ones for a while. */
  readonly mixedMaps?: readonly Side[];
  /** How often a program replaces the document by one with the first group alone. */
  readonly replacements?: number;
  /** How often a client writes a protected path. */
  readonly tamperings?: number;
  /** A second worker that reads the hub and commits later. */
  readonly workers?: 1 | 2;
  readonly faults?: ReadonlySet<Fault>;
  /** Forget messages that can do nothing any more. Not when something is broken on purpose. */
  readonly isPruned?: boolean;
}

/** The edit that a value of a group stands for. */
export function editOf(group: string, value: GroupValue | undefined): EditId {
  return typeof value === "string" ? value : `${group}-clear`;
}

export function union(...sets: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(sets.flat())].sort();
}

/** Whether the maker of one edit had seen another, or knew of the removal that ended it. */
export function knewOf({ past, removals }: Pick<State, "past" | "removals">, later: EditId, earlier: EditId): boolean {
  const known = past[later] ?? [];
  return known.includes(earlier) || known.some((id) => removals.includes(id) && past[id]?.includes(earlier));
}
