import { SIDES } from "@member-sync/shared/member/side.ts";
import { seenBy } from "./draft.ts";
import type { Hub } from "./hub.ts";

/** Whether both sides are known to hold what the hub holds, with nothing parked, waiting or on its way. */
export function isInSync(hub: Hub): boolean {
  if (hub.life.parked !== undefined) return false;
  return SIDES.every((name) => {
    const side = hub.sides[name];
    if (hub.out[name] !== undefined || hub.waiting[name] !== undefined) return false;
    if (hub.life.state === "deleted") return side?.life !== "alive";
    if (side?.life !== "alive") return false;
    return Object.entries(hub.groups).every(([group, { ver, parked }]) => parked === undefined && ver <= seenBy(side, group));
  });
}
