import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Instant, Version } from "./hub.ts";

/**
 * What became of one edit of one group. Together the entries are the ledger of promise 1: `accepted` and `agreed`
 * edits became the hub's value, `lost` ones lost to a named rule, `parked` ones wait, `refused` ones may not be made
 * by that side.
 */
export interface HistoryEntry {
  readonly group: GroupName;
  readonly outcome: "accepted" | "agreed" | "lost" | "parked" | "refused" | "rejected" | "decided" | "converged" | "unmapped";
  readonly side: Side | "hub";
  readonly actor: string | null;
  readonly changedAt: Instant;
  readonly value: GroupValue;
  /** The value replaced, or the one it lost to. */
  readonly other: GroupValue;
  readonly ver: Version;
  /** Which rule decided: `newer`, `first-sight`, `owner`, `lww`, `manual`, `fill`, `new-life`, … */
  readonly rule: string;
  readonly conflictId?: string;
}

/** One taken-in change or decision: what was taken in, and what became of each of its edits. */
export interface HistoryRecord {
  /** Member and hub rev: equal when the same plan is committed twice. */
  readonly id: string;
  readonly memberRef: MemberRef;
  readonly at: Instant;
  readonly revisions: { readonly [S in Side]?: Revision };
  readonly entries: readonly HistoryEntry[];
}
