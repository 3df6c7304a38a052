import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { isSame, registerOf, type Draft, type SideDraft } from "./draft.ts";
import { LIFE, type InFlight } from "./hub.ts";
import { touch } from "./park.ts";

/** Each needs a removal of its own, made while a create was under way: more than a few are not people's work. */
const MAX_LATE_CREATES = 4;
const NOTHING: ReadonlySet<GroupName> = new Set();

/**
 * Counts our own write into what the side was known to hold, if the observation carries its write id: what we wrote
 * is then never taken for an edit (P3). Told by the write id, never guessed from equal values.
 *
 * @returns the groups that the observation's own step wrote: a difference in one of these is the side's rewriting
 */
export function absorb(draft: Draft, side: SideDraft, observation: Observation): ReadonlySet<GroupName> {
  const inFlight = landed(draft, observation);
  if (inFlight === undefined) return NOTHING;
  const groups = Object.keys(inFlight.groups).filter((group) => !isUntouched(draft, side, observation, inFlight, group));
  Object.assign(side.shadow, only(inFlight.groups, groups));
  Object.assign(side.seen, only(inFlight.vers, groups));
  for (const group of groups) {
    const { changedAt, actor, parked } = registerOf(draft, group);
    side.stamps[group] = { changedAt, actor };
    if (parked !== undefined) touch(draft, group, parked);
  }
  if (inFlight.life !== undefined) {
    side.life = inFlight.life.state;
    side.seenLife = inFlight.life.ver;
    if (draft.life.parked !== undefined) touch(draft, LIFE, draft.life.parked);
  }
  return observation.answer?.status === "applied" ? new Set(Object.keys(inFlight.groups)) : NOTHING;
}

/**
 * P1, P7: our write id alone does not tell that every group of the command was taken. Where the side does not tell
 * either, one that stands as before was probably refused: it is not counted as written, is sent again, and its own
 * answer tells. A side that puts the old value back by itself each time looks the same, so this counts as a bounce
 * and is believed a few times only.
 */
function isUntouched(draft: Draft, side: SideDraft, observation: Observation, inFlight: InFlight, group: GroupName): boolean {
  const { answer, record, rejected } = observation;
  const register = registerOf(draft, group);
  const bounces = (register.bounces ?? 0) + 1;
  if (answer?.writeId === inFlight.writeId || rejected !== undefined || bounces > draft.policy.maxBounces) return false;
  if (isSame(draft, group, record[group], inFlight.groups[group]) || !isSame(draft, group, record[group], side.shadow[group])) return false;
  draft.groups[group] = { ...register, bounces };
  return true;
}

function only<T>(record: Readonly<Record<GroupName, T>>, groups: readonly GroupName[]): Partial<Record<GroupName, T>> {
  const kept: Partial<Record<GroupName, T>> = {};
  for (const group of groups) kept[group] = record[group];
  return kept;
}

/** What was in flight, or a create given up long ago that has found its place empty after all. */
function landed(draft: Draft, observation: Observation): InFlight | undefined {
  const inFlight = draft.out[observation.side];
  return inFlight !== undefined && observation.writeId === inFlight.writeId ? inFlight : lateCreate(draft, observation);
}

/** The create of ours that was given up, and that this observation shows to have landed after all. */
export function lateCreate(draft: Draft, { side, life, writeId }: Observation): InFlight | undefined {
  if (side !== "firestore" || life === "missing") return undefined;
  return draft.lateCreates.find((create) => create.writeId === writeId);
}

/** Ends what was in flight: the side has moved past the revision it expects, so only a create may still land. */
export function endFlight(draft: Draft, observation: Observation): void {
  const inFlight = draft.out[observation.side];
  delete draft.out[observation.side];
  const isLost = inFlight?.expectRevision === null && observation.side === "firestore";
  const kept = isLost ? [...draft.lateCreates, inFlight] : draft.lateCreates;
  draft.lateCreates = kept.filter(({ writeId }) => writeId !== observation.writeId).slice(-MAX_LATE_CREATES);
}
