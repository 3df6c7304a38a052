import { hadBefore, type IndexedLane } from "./index-lane.ts";
import { CLEARED } from "./keys.ts";
import type { Placed } from "./lane.ts";

/** Edits that a rule called concurrent although their makers had the other value before them (promise 4). */
export function* wronglyContested(lane: IndexedLane): Iterable<Placed> {
  for (const { entry } of lane.told) {
    const isContested = (entry.outcome === "parked" || entry.outcome === "lost") && CONCURRENT.has(entry.rule);
    const other = lane.keyOf(entry.other);
    if (!isContested || other === CLEARED || lane.keyOf(entry.value) === CLEARED) continue;
    for (const placed of lane.makersOf(entry.value)) {
      if (placed.edit.side === entry.side && placed.edit.saw !== undefined && lane.keyOf(hadBefore(placed)) === other) yield placed;
    }
  }
}

/** Rules that speak only where neither had seen the other. */
const CONCURRENT: ReadonlySet<string> = new Set(["lww", "lww-too-close", "manual", "owner-django", "owner-firestore"]);
