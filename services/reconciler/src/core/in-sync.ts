import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { dueOn } from "./due.ts";
import type { GroupRegister, Hub, SideState } from "./hub.ts";
import { agreesOnLife, isAnythingParked, isRetired, isUnread, seenBy } from "./read-hub.ts";

/**
 * Whether both sides are known to hold what the hub holds, protected paths included, with nothing parked, due, waiting or
 * in flight. A group that was never read on a side is not known to be equal there. Retired groups are not compared. A deactivated member whom both sides still have is compared like any other; where a side does
 * not have the member, only the life is compared.
 */
export function isInSync(hub: Hub): boolean {
  if (hub.life.parked !== undefined || isAnythingParked(hub)) return false;
  const isOnBoth = SIDES.every((name) => (hub.sides[name]?.life ?? "missing") !== "missing");
  return SIDES.every((name) => {
    const side = hub.sides[name];
    if (!isSettled(hub, name)) return false;
    if (side === undefined) return hub.life.state === "deleted";
    return agreesOnLife(hub, side) && side.tampered === undefined && (!isOnBoth || holdsAll(hub, side));
  });
}

function isSettled(hub: Hub, name: Side): boolean {
  return hub.out[name] === undefined && hub.waiting[name] === undefined && dueOn(hub, name).kind === "nothing";
}

function holdsAll(hub: Hub, side: SideState): boolean {
  const isSeen = ([group, { ver }]: readonly [GroupName, GroupRegister]) => ver <= seenBy(side, group) && !isUnread(side, group);
  const mapped = Object.entries(hub.groups).filter(([group]) => !isRetired(hub, group));
  return mapped.every(isSeen) && (side.missing ?? []).every((group) => isRetired(hub, group));
}
