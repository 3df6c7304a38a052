import { SIDES } from "@member-sync/shared/member/side.ts";
import { contender } from "./conflict.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { close } from "./park.ts";
import type { Policy } from "./policy.ts";

/**
 * No conflict outlives what it is about: those of a life that ends close with it, and whatever a side held against the
 * hub's value is lost by that, in the history (P1).
 */
export function endGroups(hub: Hub, policy: Policy): readonly Outcome[] {
  return Object.keys(hub.groups).flatMap((group) => endGroup(hub, policy, group));
}

function endGroup(hub: Hub, policy: Policy, group: string): readonly Outcome[] {
  const register = hub.groups[group];
  if (register?.parked === undefined) return [];
  const { value: other, ver, parked } = register;
  const lost = SIDES.flatMap((side): readonly Outcome[] => {
    const { value, ...stamp } = contender(hub, side, group);
    if (hub.sides[side] === undefined || value === null || policy.same(group, value, other)) return [];
    const ended = { outcome: "lost", rule: "life-ended", conflictId: parked.conflictId } as const;
    return [{ kind: "entry", entry: { group, side, ...stamp, value, other, ver, ...ended } }];
  });
  return [...lost, ...close(hub, group, "superseded")];
}
