import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Keys } from "./edit-keys.ts";
import { CLEARED } from "./keys.ts";
import { laneOf, type Lane, type MemberEvidence, type Placed, type Told } from "./lane.ts";
import type { Ending } from "./ledger.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

export type Judgement = { readonly ending: Ending } | { readonly why: string };

interface Case {
  readonly member: MemberEvidence;
  readonly lane: Lane;
  readonly keys: Keys;
  /** Entries of `lost` that have proved an edit already: two edits that were cleared need two. */
  readonly spent: Set<Told>;
}

/** Follows one edit of a group's value to its end. The first proof that holds is the edit's ending. */
export function judgeValue(matter: Case, placed: Placed): Judgement {
  const { edit } = placed;
  const isClear = matter.keys.ofEdit(edit).has(CLEARED);
  // A cleared group looks like any other cleared group: who replaced it is asked first.
  if (isClear && wasReplaced(matter, placed)) return { ending: "superseded" };
  if (standsOnBoth(matter, edit)) return { ending: "current" };
  const contested = endsInConflict(matter, edit);
  if (contested !== undefined) return { ending: contested };
  if (!isClear && wasReplaced(matter, placed)) return { ending: "superseded" };
  if (hasLost(matter, edit)) return { ending: "lost" };
  if (wentWithMember(matter, placed)) return { ending: "superseded" };
  if (wasReplacedByTheUnknown(matter, edit)) return { ending: "superseded" };
  if (isInDeadLetter(matter, edit)) return { ending: "refused" };
  return { why: trail(matter, edit) };
}

function standsOnBoth({ member, lane, keys }: Case, edit: RecordedEdit): boolean {
  const { final, hub } = member;
  if (final === undefined) return false;
  const own = keys.ofEdit(edit);
  const holds = (side: "django" | "firestore") =>
    final[side].life !== "missing" && own.has(keys.of(lane.group, final[side].record[lane.group]));
  const isGone = SIDES.every((side) => final[side].life !== "alive");
  // Of a member that neither side has, one side may keep the record: there it stands, and the hub agrees.
  if (isGone) return holds(edit.side) && own.has(keys.of(lane.group, hub?.groups[lane.group]?.value ?? edit.value));
  return SIDES.every(holds);
}

/** An open conflict shows what its side holds; while the member's life is contested, all its groups wait with it. */
function endsInConflict({ member, lane, keys }: Case, edit: RecordedEdit): Ending | undefined {
  const own = keys.ofEdit(edit);
  const isIt = (value: GroupValue | undefined) => value !== undefined && own.has(keys.of(lane.group, value));
  const held = member.final?.[edit.side];
  if (lane.open !== undefined && isIt(lane.open[edit.side].value) && isIt(held?.record[lane.group] ?? null)) {
    return lane.open.cause === "rejected" ? "refused" : "in-conflict";
  }
  if (laneOf(member, LIFE).open === undefined) return undefined;
  const stands = SIDES.some((side) => member.final?.[side].life !== "missing" && isIt(member.final?.[side].record[lane.group]));
  return stands ? "in-conflict" : undefined;
}

/** Somebody had its value before them when they made a later edit of the group. */
function wasReplaced({ lane, keys }: Case, { edit, at }: Placed): boolean {
  const own = keys.ofEdit(edit);
  const isClear = own.has(CLEARED);
  for (const later of lane.edits) {
    if (later.at <= at) continue;
    const had = later.edit.saw === undefined ? later.edit.looked : later.edit.saw;
    if (had !== undefined && own.has(keys.of(lane.group, had))) return true;
    // Cleared again later on the same side: from here on `saw: null` speaks of that one.
    if (isClear && later.edit.side === edit.side && keys.ofEdit(later.edit).has(CLEARED)) return false;
  }
  return false;
}

/** The history names the rule, both values and when; and the value it lost to is one that the group really had. */
function hasLost({ lane, keys, spent }: Case, edit: RecordedEdit): boolean {
  const own = keys.ofEdit(edit);
  const found = lane.told.find((told) => {
    const { entry } = told;
    const isIts = entry.outcome === "lost" && own.has(keys.of(lane.group, entry.value)) && !own.has(keys.of(lane.group, entry.other));
    const isBy = entry.side === edit.side || entry.side === "hub" || entry.rule === "new-life";
    return isIts && isBy && entry.rule !== "" && entry.changedAt > 0 && !spent.has(told);
  });
  if (found !== undefined && own.has(CLEARED)) spent.add(found);
  return found !== undefined && hasStood(lane, keys, found.entry.other);
}

function hasStood(lane: Lane, keys: Keys, value: GroupValue): boolean {
  const key = keys.of(lane.group, value);
  return (
    lane.edits.some(({ edit }) => keys.ofEdit(edit).has(key)) ||
    lane.told.some(({ entry }) => entry.outcome !== "lost" && keys.of(lane.group, entry.value) === key)
  );
}

/** Whoever removed the member had it before them. */
function wentWithMember({ member, lane, keys }: Case, { edit, at }: Placed): boolean {
  const own = keys.ofEdit(edit);
  return laneOf(member, LIFE).edits.some((removal) => {
    const { value, sawRecord } = removal.edit;
    return removal.at > at && value === "deleted" && sawRecord !== undefined && own.has(keys.of(lane.group, sawRecord[lane.group]));
  });
}

/**
 * The history says that somebody who had seen it replaced it. It is believed only where nobody who is on record says
 * otherwise: the new value is of no edit whose editor is known to have had something else before them, and it is not
 * an old value that has come back.
 */
function wasReplacedByTheUnknown({ lane, keys }: Case, edit: RecordedEdit): boolean {
  const own = keys.ofEdit(edit);
  const accepted = lane.told.filter(({ entry }) => isTaken(entry.outcome));
  const taken = accepted.findIndex(({ entry }) => own.has(keys.of(lane.group, entry.value)));
  return accepted.slice(taken + 1).some(({ entry }) => {
    if (!["newer", "equal-again"].includes(entry.rule) || !own.has(keys.of(lane.group, entry.other))) return false;
    const key = keys.of(lane.group, entry.value);
    const makers = lane.edits.filter((other) => keys.ofEdit(other.edit).has(key));
    const isOld = lane.edits.some((other) => other.edit.saw !== undefined && keys.of(lane.group, other.edit.saw) === key);
    return makers.length > 0 ? makers.every((maker) => maker.edit.saw === undefined) : !isOld;
  });
}

function isTaken(outcome: string): boolean {
  return outcome === "accepted" || outcome === "converged" || outcome === "agreed" || outcome === "decided";
}

/** An open dead letter holds the very value, so that a replay can still bring it. */
function isInDeadLetter({ member, lane }: Case, { value }: RecordedEdit): boolean {
  if (value === null) return false;
  const text = JSON.stringify(value);
  const parts = typeof value === "object" ? Object.values(value).filter((part) => part !== null) : [value];
  return member.deadLetters.some(
    ({ data }) => data.includes(text) || (lane.group !== "" && parts.every((part) => data.includes(JSON.stringify(part)))),
  );
}

/** How far the edit can be followed, in words that name no value. */
function trail({ member, lane, keys }: Case, edit: RecordedEdit): string {
  const own = keys.ofEdit(edit);
  const isIt = (value: GroupValue | undefined) => value !== undefined && own.has(keys.of(lane.group, value));
  const stands = SIDES.filter((side) => isIt(member.final?.[side].record[lane.group]));
  const told = lane.told
    .filter(({ entry }) => isIt(entry.value))
    .map(({ entry }) => `${entry.outcome} by ${entry.rule} as version ${entry.ver}`);
  const replaced = lane.told
    .filter(({ entry }) => isIt(entry.other) && !isIt(entry.value))
    .map(
      ({ entry }) =>
        `replaced by a ${entry.outcome} edit of ${entry.side} (${entry.rule}, version ${entry.ver}) whose maker had not seen it`,
    );
  const where = stands.length === 0 ? "it stands on neither side" : `it stands on ${stands.join(" and ")} only`;
  const known = told.length === 0 && replaced.length === 0 ? "the history never heard of it" : [...told, ...replaced].join("; then ");
  return `${where}; ${known}`;
}
