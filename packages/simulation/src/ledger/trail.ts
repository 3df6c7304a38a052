import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { hadBefore, under, type IndexedLane } from "./index-lane.ts";
import type { MemberEvidence, Placed } from "./lane.ts";

/** How far a value can be followed, in words that name no value. */
export function trailOf(member: MemberEvidence, lane: IndexedLane, own: ReadonlySet<string>): string {
  const stands = SIDES.filter((side) => own.has(lane.keyOf(member.final?.[side].record[lane.group])));
  const where = stands.length === 0 ? "it stands on neither side" : `it stands on ${stands.join(" and ")} only`;
  const told = [...under(lane.toldOf, own)].map(({ entry }) => ({ entry, text: `${entry.outcome} ${by(entry)}` }));
  const against = [...under(lane.toldAgainst, own)]
    .filter(({ entry }) => entry.outcome !== "lost" && !own.has(lane.keyOf(entry.value)))
    .map(({ entry }) => ({
      entry,
      text: `${entry.value === null ? "cleared" : "replaced"} by ${replacer(lane, entry)}, ${entry.outcome} ${by(entry)}`,
    }));
  const texts = [...told, ...against].sort((a, b) => a.entry.ver - b.entry.ver).map(({ text }) => text);
  return `${where}; ${texts.length === 0 ? "the history never heard of it" : texts.join("; then ")}`;
}

/** Who replaced it, by edit; and what each of these is known to have had before them, which was not this. */
function replacer(lane: IndexedLane, { side, value }: HistoryEntry): string {
  if (value === null) return `an edit of ${side}`;
  const makers = lane.makersOf(value);
  if (makers.length === 0) return `an edit of ${side} that is not on record`;
  return `an edit of ${side} (${makers.map((maker) => `${maker.edit.id} of ${maker.edit.side}, made ${after(lane, maker)}`).join("; ")})`;
}

function after(lane: IndexedLane, maker: Placed): string {
  const had = hadBefore(maker);
  if (had === undefined) return "on what nobody knows";
  const before = had === null ? [] : lane.makersOf(had);
  const what = before.length === 0 ? "on what nobody made here" : `on ${before.map(({ edit }) => edit.id).join(" or ")}`;
  return maker.edit.saw === undefined ? `${what}, or on something later` : what;
}

function by({ rule, ver }: HistoryEntry): string {
  return `by ${rule} as version ${ver}`;
}
