import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { seenBy } from "./draft.ts";
import type { Hub, Instant, SideState } from "./hub.ts";

/** When the oldest command that may still be on its way was emitted; `undefined` when there is none. */
export function inFlightAt(hub: Hub): Instant | undefined {
  const emitted = SIDES.flatMap((side) => hub.out[side]?.emittedAt ?? []);
  return emitted.length > 0 ? Math.min(...emitted) : undefined;
}

/** Whether an observation waits for a flush. */
export function isWaiting(hub: Hub): boolean {
  return SIDES.some((side) => hub.waiting[side] !== undefined);
}

/**
 * Whether planning would emit a command if every direction were open: a side has yet to see something accepted, and no
 * command is on its way there (what came after that one goes when it is answered). Holds to the rules of `emit()`.
 */
export function isDue(hub: Hub): boolean {
  return SIDES.some((side) => hub.out[side] === undefined && isDueFor(hub, side));
}

function isDueFor(hub: Hub, name: Side): boolean {
  const side = hub.sides[name];
  const isAlive = hub.life.state === "alive";
  const isLifeSettled = hub.life.parked === undefined;
  if (side === undefined || side.life === "missing") return isAlive && isLifeSettled && hub.life.ver > 0;
  const isLifeDue = isLifeSettled && hub.life.ver > side.seenLife && isAlive !== (side.life === "alive");
  const isLinkDue = name === "firestore" && hub.djangoId !== null && side.djangoId !== hub.djangoId;
  return isLifeDue || isLinkDue || Object.keys(hub.groups).some((group) => isGroupDue(hub, side, group));
}

function isGroupDue(hub: Hub, side: SideState, group: string): boolean {
  const register = hub.groups[group];
  return register !== undefined && register.parked === undefined && register.ver > seenBy(side, group);
}
