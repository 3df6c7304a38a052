import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { Keys } from "./edit-keys.ts";
import { hadBefore } from "./index-lane.ts";
import { CLEARED } from "./keys.ts";
import type { Lane, MemberEvidence, Placed, Told } from "./lane.ts";
import { isTaken } from "./outcomes.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/**
 * A later editor of its side found the group cleared, and neither an answered edit nor a command can have cleared it. Of
 * several edits without an answer, the latest counts. A member whose life anybody changed proves nothing: a removal or a
 * create clears groups, too.
 */
export function wasSeenCleared(member: MemberEvidence, lane: Lane, placed: Placed, keys: Keys): boolean {
  const { edit, at } = placed;
  const isCleared = (value: Parameters<Keys["of"]>[1]) => keys.of(lane.group, value) === CLEARED;
  const hasLives = (member.lanes.get(LIFE)?.edits.length ?? 0) > 0;
  if (hasLives || isCleared(hadBefore(placed))) return false;
  const ofItsSide = lane.edits.filter((other) => other !== placed && other.edit.side === edit.side);
  const next = ofItsSide.find((other) => other.at > at && hadBefore(other) !== undefined && isCleared(hadBefore(other)));
  if (next === undefined) return false;
  if (ofItsSide.some((other) => other.at > at && other.at < next.at && keys.ofEdit(other.edit).has(CLEARED))) return false;
  return !mayBeFromACommand(lane, edit, next.edit.at, keys);
}

/**
 * Whether a command may have brought the cleared value to this side by then. A side that made a later edit of its own has
 * moved on from the revision that a command for an older value expects.
 */
function mayBeFromACommand({ told, group }: Lane, edit: RecordedEdit, seenAt: number, keys: Keys): boolean {
  const isCleared = ({ entry }: Told) => keys.of(group, entry.value) === CLEARED;
  const taken = told.filter(({ entry }) => isTaken(entry.outcome));
  const own = taken.findLastIndex((each) => each.entry.side === edit.side && each.entry.changedAt < edit.at);
  return taken.slice(own + 1).some((each) => isCleared(each) && each.entry.changedAt <= seenAt);
}
