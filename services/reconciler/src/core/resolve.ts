import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { GroupRegister, Instant } from "./hub.ts";
import type { Policy } from "./policy.ts";

/** Who wins of two edits neither of which had seen the other, and by which rule. */
export interface Resolution {
  readonly winner: "incoming" | "current" | "nobody";
  readonly rule: string;
}

const DEFAULT: GroupPolicy = { kind: "lww", windowMs: 3_600_000 };

/** Resolves a concurrent pair by the group's policy. A clock is asked only here, and only when it can tell (P4). */
export function resolve(
  policy: Policy,
  group: GroupName,
  incoming: { readonly side: Side; readonly changedAt: Instant },
  current: GroupRegister,
): Resolution {
  const rules = policy.groups[group] ?? DEFAULT;
  switch (rules.kind) {
    case "manual":
      return { winner: "nobody", rule: "manual" };
    case "owner":
      return { winner: rules.side === incoming.side ? "incoming" : "current", rule: `owner-${rules.side}` };
    case "lww": {
      const lead = incoming.changedAt - current.changedAt;
      if (Math.abs(lead) <= rules.windowMs + policy.clockUncertaintyMs) return { winner: "nobody", rule: "lww-too-close" };
      return { winner: lead > 0 ? "incoming" : "current", rule: "lww" };
    }
  }
}
