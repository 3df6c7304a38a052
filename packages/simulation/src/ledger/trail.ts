import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { under, type IndexedLane } from "./index-lane.ts";
import type { MemberEvidence } from "./lane.ts";

/** How far a value can be followed, in words that name no value. */
export function trailOf(member: MemberEvidence, lane: IndexedLane, own: ReadonlySet<string>): string {
  const stands = SIDES.filter((side) => own.has(lane.keyOf(member.final?.[side].record[lane.group])));
  const where = stands.length === 0 ? "it stands on neither side" : `it stands on ${stands.join(" and ")} only`;
  const told = [...under(lane.toldOf, own)].map(({ entry }) => ({ entry, text: `${entry.outcome} ${by(entry)}` }));
  const against = [...under(lane.toldAgainst, own)]
    .filter(({ entry }) => entry.outcome !== "lost" && !own.has(lane.keyOf(entry.value)))
    .map(({ entry }) => ({
      entry,
      text: `${entry.value === null ? "cleared" : "replaced"} by an edit of ${entry.side}, ${entry.outcome} ${by(entry)}, whose maker had not seen it`,
    }));
  const texts = [...told, ...against].sort((a, b) => a.entry.ver - b.entry.ver).map(({ text }) => text);
  return `${where}; ${texts.length === 0 ? "the history never heard of it" : texts.join("; then ")}`;
}

function by({ rule, ver }: HistoryEntry): string {
  return `by ${rule} as version ${ver}`;
}
