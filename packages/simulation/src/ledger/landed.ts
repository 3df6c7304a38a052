import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Keys } from "./edit-keys.ts";
import { CLEARED } from "./keys.ts";
import type { Lane, MemberEvidence, Placed } from "./lane.ts";

/**
 * Whether an edit without an answer was taken by its side after all: its value stands somewhere, somebody saw it there,
 * or the history tells of it. A clear leaves no value behind, so only the history tells.
 */
export function hasLanded(member: MemberEvidence, lane: Lane, { edit }: Placed, keys: Keys): boolean {
  const own = keys.ofEdit(edit);
  const isIt = (value: GroupValue | undefined) => value !== undefined && own.has(keys.of(lane.group, value));
  const isTold = lane.told.some(({ entry }) => isIt(entry.value) && entry.side === edit.side);
  if (isTold || own.has(CLEARED)) return isTold;
  const isSeen = lane.edits.some((other) => other.edit.id !== edit.id && isIt(other.edit.saw));
  return isSeen || SIDES.some((side) => isIt(member.final?.[side].record[lane.group]));
}
