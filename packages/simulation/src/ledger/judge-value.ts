import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { under, type IndexedLane } from "./index-lane.ts";
import { CLEARED } from "./keys.ts";
import type { MemberEvidence, Placed, Told } from "./lane.ts";
import type { Ending } from "./ledger.ts";
import { isTaken } from "./outcomes.ts";
import { wasOverwrittenLate } from "./overwritten-late.ts";
import type { RecordedEdit } from "./recorded-edit.ts";
import { trailOf } from "./trail.ts";

export type Judgement = { readonly ending: Ending } | { readonly why: string };

interface Matter {
  readonly member: MemberEvidence;
  readonly lane: IndexedLane;
  /** Entries that have proved an edit already: two clears that were lost need two. */
  readonly spent: Set<Told>;
  readonly edit: RecordedEdit;
  readonly at: number;
  /** Keys of its value, as written and as a side may have rewritten it. */
  readonly own: ReadonlySet<string>;
  readonly isClear: boolean;
  /** When its side took it, as far as is known. */
  readonly takenAt: number;
}

/** Follows one edit of a group's value to its end. The first proof that holds is the edit's ending. */
export function judgeValue(member: MemberEvidence, lane: IndexedLane, placed: Placed, spent: Set<Told>): Judgement {
  const { edit, at, reportedAt } = placed;
  const own = lane.keys.ofEdit(edit);
  const matter: Matter = { member, lane, spent, edit, at, own, isClear: own.has(CLEARED), takenAt: reportedAt ?? edit.at };
  if (mayNotBeMade(matter)) return { ending: "refused" };
  // A cleared group looks like any other cleared group: who replaced it is asked first.
  if (matter.isClear && wasReplaced(matter)) return { ending: "superseded" };
  if (standsOnBoth(matter)) return { ending: "current" };
  const contested = endsInConflict(matter);
  if (contested !== undefined) return { ending: contested };
  if (wasReplaced(matter)) return { ending: "superseded" };
  if (hasLost(matter)) return { ending: "lost" };
  if (wentWithMember(matter)) return { ending: "superseded" };
  if (wasReplacedPerHistory(matter)) return { ending: "superseded" };
  if (wasOverwrittenLate(lane, placed)) return { ending: "superseded" };
  if (isInDeadLetter(matter)) return { ending: "refused" };
  return { why: trailOf(member, lane, own) };
}

/** A path that the people of its side may not change. */
function mayNotBeMade({ lane, edit, own }: Matter): boolean {
  return [...under(lane.toldOf, own)].some(({ entry }) => entry.outcome === "refused" && entry.side === edit.side);
}

function isIts({ lane, own }: Matter, value: GroupValue | undefined): boolean {
  return own.has(lane.keyOf(value));
}

function holds(matter: Matter, side: Side): boolean {
  const held = matter.member.final?.[side];
  return held !== undefined && held.life !== "missing" && isIts(matter, held.record[matter.lane.group]);
}

function standsOnBoth(matter: Matter): boolean {
  const { member, lane, edit } = matter;
  const { final, hub } = member;
  if (final === undefined) return false;
  // Of a member that neither side has, one side may keep the record: there it stands, and the hub agrees.
  if (SIDES.every((side) => final[side].life !== "alive")) {
    return holds(matter, edit.side) && (hub === undefined || isIts(matter, hub.groups[lane.group]?.value));
  }
  return SIDES.every((side) => holds(matter, side));
}

/** An open conflict shows what its side holds; while the member's life is contested, all its groups wait with it. */
function endsInConflict(matter: Matter): Ending | undefined {
  const { member, lane, edit } = matter;
  if (lane.open !== undefined && isIts(matter, lane.open[edit.side].value) && holds(matter, edit.side)) {
    return lane.open.cause === "rejected" ? "refused" : "in-conflict";
  }
  const isLifeOpen = member.lanes.get(LIFE)?.open !== undefined;
  return isLifeOpen && SIDES.some((side) => holds(matter, side)) ? "in-conflict" : undefined;
}

/** Somebody had its value before them when they made a later edit of the group. */
function wasReplaced({ lane, own, at, edit, isClear }: Matter): boolean {
  const later = [...under(lane.seenBy, own)].filter((other) => other.at > at);
  if (!isClear) return later.length > 0;
  // Cleared again later on the same side: from there on `saw: null` speaks of that one.
  const again = lane.makersOf(null).find((other) => other.at > at && other.edit.side === edit.side);
  return later.some((other) => again === undefined || other.at <= again.at);
}

/** The history names the rule, both values and when; and the value it lost to is one that the group really had. */
function hasLost(matter: Matter): boolean {
  const { lane, spent, isClear } = matter;
  for (const told of toldOf(matter)) {
    if (spent.has(told) || !isLoss(matter, told) || !hasStood(lane, told)) continue;
    if (isClear) spent.add(told);
    return true;
  }
  return false;
}

/** Entries about it. A clear looks like every other one, so those that are of its very time and side go before the rest. */
function toldOf({ lane, own, edit, isClear, takenAt }: Matter): readonly Told[] {
  const all = [...under(lane.toldOf, own)];
  const exact = isClear ? all.filter(({ entry }) => entry.changedAt === takenAt && entry.side === edit.side) : [];
  return exact.length > 0 ? exact : all;
}

function isLoss(matter: Matter, { entry }: Told): boolean {
  const isBy = entry.side === matter.edit.side || entry.side === "hub" || entry.rule === "new-life";
  const isToAnother = !isIts(matter, entry.other);
  return entry.outcome === "lost" && isBy && isToAnother && entry.changedAt > 0;
}

/** A decision is told as such; any other winner is an edit, or was taken in. */
function hasStood(lane: IndexedLane, { entry }: Told): boolean {
  const winners = [...(lane.toldOf.get(lane.keyOf(entry.other)) ?? [])].filter((told) => told.entry.outcome !== "lost");
  if (entry.rule !== "decision") return winners.length > 0;
  return winners.some((told) => told.entry.outcome === "decided" && told.entry.conflictId === entry.conflictId);
}

/** Whoever removed the member had it before them. */
function wentWithMember(matter: Matter): boolean {
  const { member, lane, at } = matter;
  const removals = (member.lanes.get(LIFE)?.edits ?? []).filter((placed) => placed.at > at && placed.edit.value === "deleted");
  return removals.some(({ edit: { sawRecord } }) => sawRecord !== undefined && isIts(matter, sawRecord[lane.group]));
}

/**
 * The history says that somebody who had seen it replaced it. It is believed only where nobody who is on record says
 * otherwise: the new value is of no edit whose editor is known to have had something else before them, and it is not
 * an old value that has come back.
 */
function wasReplacedPerHistory(matter: Matter): boolean {
  const { lane, own } = matter;
  const from = toldOf(matter)[0]?.at ?? 0;
  const takenAt = [...under(lane.toldOf, own)].flatMap(({ entry, at }) => (isTaken(entry.outcome) && at >= from ? [at] : []));
  for (const { entry, at } of under(lane.toldAgainst, own)) {
    if (!isTaken(entry.outcome) || !["newer", "equal-again"].includes(entry.rule) || !takenAt.some((taken) => taken < at)) continue;
    const key = lane.keyOf(entry.value);
    const makers = lane.makersOf(entry.value);
    const isClear = key === CLEARED && makers.length > 0;
    const isOld = makers.length === 0 && lane.seenBy.has(key);
    const hadIt = (maker: Placed) => mayHaveHad(matter, maker);
    // Several may have cleared it, and the entry is one of theirs.
    if (!isOld && (isClear ? makers.some((maker) => maker.edit.side === entry.side && hadIt(maker)) : makers.every(hadIt))) return true;
  }
  return false;
}

/**
 * Nobody knows what the maker had before them, or it was this; or it was an edit by the same side that may have replaced
 * this one, and that the history never heard of: saves that follow each other closely are read as one.
 */
function mayHaveHad(matter: Matter, { edit: { side, saw }, at }: Placed): boolean {
  const { lane, own } = matter;
  // Who had a cleared group before them had what any later clear gives: equal values cannot be told apart.
  if (saw === undefined || own.has(lane.keyOf(saw))) return true;
  const between = lane.makersOf(saw).filter((other) => other.edit.side === side && other.at < at);
  return !lane.toldOf.has(lane.keyOf(saw)) && between.some((other) => mayHaveHad(matter, other));
}

/** An open dead letter holds the very value, so that a replay can still bring it. */
function isInDeadLetter({ member, edit: { value } }: Matter): boolean {
  if (value === null) return false;
  const parts = typeof value === "object" ? Object.values(value).filter((part) => part !== null) : [value];
  return member.deadLetters.some(({ data }) => parts.every((part) => data.includes(JSON.stringify(part))));
}
