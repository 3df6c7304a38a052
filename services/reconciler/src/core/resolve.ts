import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Rule } from "./history.ts";
import type { ContentStamp, GroupRegister } from "./hub.ts";
import type { Policy } from "./policy.ts";

/** Who wins of two edits neither of which had seen the other, and by which rule. */
export interface Resolution {
  readonly winner: "incoming" | "current" | "nobody";
  readonly rule: Rule;
}

const DEFAULT: GroupPolicy = { kind: "lww", windowMs: 3_600_000 };

/** The rules of one group. */
export function groupPolicyOf(policy: Policy, group: string): GroupPolicy {
  return policy.groups[group] ?? DEFAULT;
}

interface Incoming {
  readonly side: Side;
  readonly stamp: ContentStamp;
  /** First read after a restore: what its time tells of is the restore, a backfill or an edit of something else. */
  readonly isAfterRestore: boolean;
}

/** Resolves a concurrent pair by the group's policy. A clock is asked only here, and only when it can tell (P4). */
export function resolve(policy: Policy, rules: GroupPolicy, incoming: Incoming, current: GroupRegister): Resolution {
  switch (rules.kind) {
    case "manual":
      return { winner: "nobody", rule: "manual" };
    case "owner":
      return { winner: rules.side === incoming.side ? "incoming" : "current", rule: `owner-${rules.side}` };
    case "lww": {
      if (incoming.isAfterRestore) return { winner: "nobody", rule: "lww-after-restore" };
      const lead = incoming.stamp.changedAt - current.changedAt;
      const uncertaintyMs = policy.clockUncertaintyMs + (incoming.stamp.clockErrorMs ?? 0) + (current.clockErrorMs ?? 0);
      if (Math.abs(lead) <= rules.windowMs + uncertaintyMs) return { winner: "nobody", rule: "lww-too-close" };
      return { winner: lead > 0 ? "incoming" : "current", rule: "lww" };
    }
  }
}
