import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import type { World } from "./world.ts";

/**
 * Faults that the simulation has found and that are not mended yet. While one is open, its histories step around it; set it
 * to `false` to see it again. Each stands as an expected failure in a unit test, and goes from here when that one passes.
 */
export const OPEN = {
  /** A removal in the dump of Django, or one on a restored side before it is read again, is undone by the confirmation. */
  removalIsUndone: true,
  /** Scheduled: what waits of a member never planned is replaced by the restored side's word, without a trace. */
  waitingIsReplaced: true,
  /** A value in an open conflict that its side no longer holds after a restore is neither shown nor recorded as lost. */
  conflictLosesRestoredValue: true,
  /** A service with the newer map calls whole what one with the older map had written in part, if that one's answer was lost. */
  partlyAppliedIsCalledWhole: true,
  /** An observation that waits in the hub while the field map grows is read with the new map: not carried counts as absent. */
  waitingForgetsItsMap: true,
  /** An edit whose event comes after that of a replaced document is late, and the value before it is put back. */
  replacementOvertakesEdit: true,
  /** A look that finds nobody in Django ends the create in flight, which lands all the same and counts as an edit. */
  lookEndsCreate: true,
  /** A create of ours from before a restore lands on the restored side, which has nobody, and counts as somebody's edit. */
  oldCreateLandsAgain: true,
  /** A create that Django rejects, with a group that the adapter does not map yet, is sent again at once, without end. */
  unmappedCreateLoops: true,
  /** What a service with the older map left out of our write counts as seen there: its first reading is taken for newer. */
  leftOutCountsAsSeen: true,
} as const;

/** Whether a service may be deployed with another map now. */
export function isDeployable(world: World, service: "tracker" | "adapter" | "reconciler"): boolean {
  const hubs = [...world.state.hubs.values()].map(({ hub }) => hub);
  const isRejected = hubs.some(({ groups, life }) => Object.values({ ...groups, life }).some(({ parked }) => parked?.cause === "rejected"));
  if (service === "adapter" && OPEN.unmappedCreateLoops && world.maps.adapter === "newer" && isRejected) return false;
  if (service !== "reconciler" && OPEN.leftOutCountsAsSeen) return false;
  const side = service === "adapter" ? "django" : "firestore";
  return service === "reconciler" || !OPEN.partlyAppliedIsCalledWhole || hubs.every(({ out }) => out[side] === undefined);
}

/** Whether an edit may carry what Django rejects now. */
export function mayBeRejected({ maps }: World): boolean {
  return !OPEN.unmappedCreateLoops || maps.adapter === "newer";
}

/** Whether a hub's member may be looked at in Django now. */
export function isLookable({ out, sides }: Hub): boolean {
  return !OPEN.lookEndsCreate || out.django === undefined || (sides.django !== undefined && sides.django.life !== "missing");
}
