import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Instant, Version } from "./hub.ts";

/** How one edit ended. `docs/rules.md` has a line for each; a test compares the two. */
export const OUTCOMES = [
  "accepted",
  "agreed",
  "converged",
  "lost",
  "parked",
  "rejected",
  "refused",
  "unmapped",
  "kept",
  "decided",
  "suspended",
  "restored",
] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

/** Which rule decided. `docs/rules.md` has a line for each; a test compares the two. */
export const RULES = [
  "first-sight",
  "newer",
  "same-value",
  "equal-again",
  "owner-django",
  "owner-firestore",
  "lww",
  "lww-too-close",
  "lww-after-restore",
  "manual",
  "open-conflict",
  "oscillation",
  "rejected-by-side",
  "not-mapped-by-side",
  "forbidden",
  "no-field-maps-it",
  "document-replaced",
  "delete-edit",
  "delete-review",
  "recreated",
  "reactivated",
  "new-life",
  "life-ended",
  "late-write",
  "decision",
  "django",
  "firestore",
  "custom",
  "side-restored",
  "restore-confirmed",
] as const;
export type Rule = (typeof RULES)[number];

/**
 * What became of one edit of one group. Together the entries are the ledger of promise 1: `accepted` and `agreed`
 * edits became the hub's value, `lost` ones lost to a named rule, `parked` ones wait, `refused` ones may not be made
 * by that side.
 */
export interface HistoryEntry {
  readonly group: GroupName;
  readonly outcome: OutcomeKind;
  readonly side: Side | "hub";
  readonly actor: string | null;
  readonly changedAt: Instant;
  readonly value: GroupValue;
  /** The value replaced, or the one it lost to. */
  readonly other: GroupValue;
  readonly ver: Version;
  readonly rule: Rule;
  /** The side's own code for a rejection. */
  readonly code?: string;
  readonly conflictId?: string;
}

/** One taken-in change or decision: what was taken in, and what became of each of its edits. */
export interface HistoryRecord {
  /** Member, hub rev and time: equal when the same plan is committed twice, another when a lost hub counts anew. */
  readonly id: string;
  readonly memberRef: MemberRef;
  readonly at: Instant;
  readonly revisions: { readonly [S in Side]?: Revision };
  readonly entries: readonly HistoryEntry[];
}
