import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Instant } from "./hub.ts";

/** Which directions are open: commands of a closed one wait in the hub. */
export type Direction = "both" | "to-firestore" | "to-django" | "none";

/** The field map that observations are read with. */
export interface MapInForce {
  readonly id: string;
  /** Groups that are new or mapped differently since the map `id`; every group for an unknown id, none for `undefined`. */
  readonly newSince: (id: string | undefined) => readonly GroupName[];
  /** Whether this map has the group. A group of the hub that it does not have is retired. */
  readonly maps: (group: GroupName) => boolean;
}

/** A restore of one side that an operator has confirmed. */
export interface Restore {
  /** Lineage of the side from then on; `null` where the side tells none. */
  readonly lineage: string | null;
  /** Lineages that ended: what still arrives of them is late. */
  readonly ended: readonly string[];
  readonly confirmedAt: Instant;
}

/** All that the planner is told about rules; plain data and pure functions of the field map. */
export interface Policy {
  readonly groups: Readonly<Record<GroupName, GroupPolicy>>;
  /** What a member removed from Firestore means: deactivate in Django, or ask. */
  readonly firestoreDelete: "deactivate" | "review";
  readonly maxBounces: number;
  /** Added to every window, besides what was measured: how far apart the two sides' clocks may be. */
  readonly clockUncertaintyMs: number;
  readonly direction: Direction;
  readonly paused: boolean;
  readonly fieldMap?: MapInForce;
  /** The last confirmed restore of each side. */
  readonly restores?: { readonly [S in Side]?: Restore };
  /** Whether two values of a group are equal after normalisation. */
  readonly same: (group: GroupName, a: GroupValue | undefined, b: GroupValue | undefined) => boolean;
}

/** Whether commands may go to `side` now. */
export function isOpen(policy: Policy, side: Side): boolean {
  if (policy.paused) return false;
  return policy.direction === "both" || policy.direction === `to-${side}`;
}

/** What holds for one call of the planner: the rules, and the time that stamps what it makes. */
export interface Planning {
  readonly policy: Policy;
  readonly now: Instant;
}
