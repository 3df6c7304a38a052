import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { Keys } from "./edit-keys.ts";
import { hadBefore } from "./index-lane.ts";
import type { Lane, MemberEvidence, Placed } from "./lane.ts";

/**
 * Whether an edit without an answer was taken by its side after all: its value, which is its own, stands somewhere,
 * somebody saw it there, or the history records it.
 */
export function hasLanded(member: MemberEvidence, lane: Lane, { edit }: Placed, keys: Keys): boolean {
  const own = keys.ofEdit(edit);
  const isIt = (value: GroupValue | undefined) => value !== undefined && own.has(keys.of(lane.group, value));
  const isTold = lane.told.some(({ entry }) => isIt(entry.value) && entry.side === edit.side);
  const isSeen = lane.edits.some((other) => other.edit.id !== edit.id && isIt(hadBefore(other)));
  const isRemoved = (member.lanes.get(LIFE)?.edits ?? []).some((other) => isIt(other.edit.sawRecord?.[lane.group]));
  return isTold || isSeen || isRemoved || SIDES.some((side) => isIt(member.final?.[side].record[lane.group]));
}
