import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Hub } from "./hub.ts";
import { agreesOnLife, isUnread, seenBy } from "./read-hub.ts";

/**
 * Whether both sides are known to hold what the hub holds, protected paths included, with nothing parked, waiting or in
 * flight. A group that was never read on a side is not known to be equal there.
 */
export function isInSync(hub: Hub): boolean {
  if (hub.life.parked !== undefined) return false;
  return SIDES.every((name) => {
    const side = hub.sides[name];
    if (hub.out[name] !== undefined || hub.waiting[name] !== undefined) return false;
    if (hub.life.state === "deleted") return side === undefined || (agreesOnLife(hub, side) && side.tampered === undefined);
    if (side?.life !== "alive" || side.tampered !== undefined || (side.missing ?? []).length > 0) return false;
    return Object.entries(hub.groups).every(
      ([group, { ver, parked }]) => parked === undefined && ver <= seenBy(side, group) && !isUnread(side, group),
    );
  });
}
