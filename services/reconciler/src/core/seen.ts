import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import type { Policy } from "./policy.ts";
import { agreesOnLife, isUnread, seenBy } from "./read-hub.ts";

/** P4: a side that holds the hub's very value has seen it, whoever gave it; an edit made there later is newer. */
export function seenOf(hub: Hub, policy: Policy): readonly Outcome[] {
  const seen: Outcome[] = [];
  const { groups } = hub;
  for (const side of SIDES) {
    const state = hub.sides[side];
    if (state === undefined) continue;
    if (hub.life.parked === undefined && state.seenLife < hub.life.ver && agreesOnLife(hub, state))
      seen.push({ kind: "life-seen", side, ver: hub.life.ver });
    if (state.life === "missing") continue;
    // Every plan walks all groups of both sides: `for…in` over the registers makes no list of names, and finds each at once.
    for (const group in groups) {
      const register = groups[group];
      if (register === undefined || register.ver <= seenBy(state, group)) continue;
      const { value, previous, ver, parked } = register;
      if (parked !== undefined || isUnread(state, group)) continue;
      const held = state.shadow[group];
      // An edit is only taken where it differs from the value before it: who still holds that one need not be compared.
      if (held !== undefined && held === previous) continue;
      if (policy.same(group, value, held)) seen.push({ kind: "group-seen", side, group, ver });
    }
  }
  return seen;
}
