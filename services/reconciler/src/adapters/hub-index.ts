import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Hub, Instant, Version } from "../core/hub.ts";

/** When the oldest command that may still be on its way was emitted; `undefined` when there is none. */
export function inFlightAt(hub: Hub): Instant | undefined {
  const emitted = SIDES.flatMap((side) => hub.out[side]?.emittedAt ?? []);
  return emitted.length > 0 ? Math.min(...emitted) : undefined;
}

/** Whether an observation waits for a flush. */
export function isWaiting(hub: Hub): boolean {
  return SIDES.some((side) => hub.waiting[side] !== undefined);
}

/** Whether a side has yet to see an accepted edit that no command carries: one left behind by a closed direction. */
export function isDue(hub: Hub): boolean {
  return SIDES.some((side) => isDueFor(hub, side));
}

function isDueFor(hub: Hub, side: Side): boolean {
  return isLifeDue(hub, side) || Object.keys(hub.groups).some((group) => isGroupDue(hub, side, group));
}

function isGroupDue(hub: Hub, side: Side, group: string): boolean {
  const register = hub.groups[group];
  if (register === undefined || register.parked !== undefined) return false;
  // A member that is gone, or whose life waits for a person, is not given values.
  if (hub.life.state === "deleted" || hub.life.parked !== undefined) return false;
  return register.ver > known(hub.sides[side]?.seen[group], hub.out[side]?.vers[group]);
}

function isLifeDue(hub: Hub, side: Side): boolean {
  if (hub.life.parked !== undefined) return false;
  // A side that never had the member has nothing to delete.
  if (hub.life.state === "deleted" && hub.sides[side] === undefined) return false;
  return hub.life.ver > known(hub.sides[side]?.seenLife, hub.out[side]?.life?.ver);
}

function known(seen: Version | undefined, carried: Version | undefined): Version {
  return Math.max(seen ?? 0, carried ?? 0);
}
