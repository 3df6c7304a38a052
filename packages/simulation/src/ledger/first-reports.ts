import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { Keys } from "./edit-keys.ts";
import type { Lane, MemberEvidence, Told } from "./lane.ts";

/**
 * The entries that first report an edit to this value, in the order of the plans. All entries with the same value and
 * time are about one edit: a value is accepted, and later it loses. Two kinds of entry report no edit of the group:
 *
 * - The value lost to a decision or to a new life. Such an entry names the side that held the value, and our own command
 *   may have brought the value there.
 * - The member's life changed at the same time on the same side. The group is then part of a create.
 */
export function firstReportsOf(member: MemberEvidence, lane: Lane, key: string, keys: Keys): readonly Told[] {
  const known = new Set<number>();
  return lane.told.filter(({ entry }) => {
    if (keys.of(lane.group, entry.value) !== key || known.has(entry.changedAt)) return false;
    known.add(entry.changedAt);
    const isSecond = entry.outcome === "lost" && (entry.rule === "decision" || entry.rule === "new-life");
    return !isSecond && (lane.group === LIFE || !isOfALife(member, { entry }));
  });
}

function isOfALife(member: MemberEvidence, { entry: { side, changedAt } }: Pick<Told, "entry">): boolean {
  const lives = member.lanes.get(LIFE)?.told ?? [];
  return lives.some(({ entry }) => entry.side === side && entry.changedAt === changedAt);
}
