import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import type { Policy } from "./policy.ts";
import { agreesOnLife, isUnread, registerOf, seenBy } from "./read-hub.ts";

/** P4: a side that holds the hub's very value has seen it, whoever gave it; an edit made there later is newer. */
export function seenOf(hub: Hub, policy: Policy): readonly Outcome[] {
  const seen: Outcome[] = [];
  // Of every group of every plan twice: `for…in` makes no list of names.
  for (const side of SIDES) {
    const state = hub.sides[side];
    if (state === undefined) continue;
    if (hub.life.parked === undefined && state.seenLife < hub.life.ver && agreesOnLife(hub, state))
      seen.push({ kind: "life-seen", side, ver: hub.life.ver });
    if (state.life === "missing") continue;
    for (const group in hub.groups) {
      const { value, ver, parked } = registerOf(hub, group);
      if (ver <= seenBy(state, group) || parked !== undefined || isUnread(state, group)) continue;
      if (policy.same(group, value, state.shadow[group])) seen.push({ kind: "group-seen", side, group, ver });
    }
  }
  return seen;
}
