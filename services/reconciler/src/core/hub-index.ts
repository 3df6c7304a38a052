import { SIDES } from "@member-sync/shared/member/side.ts";
import { dueOn } from "./due.ts";
import type { Hub, Instant } from "./hub.ts";

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
 * command is in flight there (what came after that one goes when it is answered).
 */
export function isDue(hub: Hub): boolean {
  return SIDES.some((side) => hub.out[side] === undefined && dueOn(hub, side).kind !== "nothing");
}
