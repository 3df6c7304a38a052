import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";

/** Which directions are open: commands of a closed one wait in the hub. */
export type Direction = "both" | "to-firestore" | "to-django" | "none";

/** All that the planner is told about rules; plain data and two pure functions of the field map. */
export interface Policy {
  readonly groups: Readonly<Record<GroupName, GroupPolicy>>;
  /** What a member removed from Firestore means: deactivate in Django, or ask. */
  readonly firestoreDelete: "deactivate" | "review";
  readonly maxBounces: number;
  /** Added to every window: how far apart the two sides' clocks may be. */
  readonly clockUncertaintyMs: number;
  readonly direction: Direction;
  readonly paused: boolean;
  /** Whether two values of a group are equal after normalisation. */
  readonly same: (group: GroupName, a: GroupValue | undefined, b: GroupValue | undefined) => boolean;
}

/** Whether commands may go to `side` now. */
export function isOpen(policy: Policy, side: Side): boolean {
  if (policy.paused) return false;
  return policy.direction === "both" || policy.direction === `to-${side}`;
}
