import type { GroupName, GroupValue, Life } from "@member-sync/shared/member/member-record.ts";
import { otherSide, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { heldBy, isSame, registerOf, seenBy, type Draft, type SideDraft } from "./draft.ts";
import type { HistoryEntry } from "./history.ts";
import { LIFE, type ConflictCause, type LifeRegister, type Parked } from "./hub.ts";
import { park, touch, unpark } from "./park.ts";

interface Before {
  readonly before: Life;
  /** Nothing was ever heard of this side. */
  readonly firstSight: boolean;
  /** It answers the command that was in flight. */
  readonly answersOurs: boolean;
}

/**
 * Takes in whether the side has the member: a register like any group, but a delete against an edit always asks, and
 * a member created after a delete is a new incarnation (P8).
 *
 * @returns `true` when the record was taken as a whole: a new life began, into which no field of the first one flows
 */
export function takeLife(draft: Draft, side: SideDraft, observation: Observation, { before, firstSight, answersOurs }: Before): boolean {
  const isAlive = observation.life === "alive";
  if (draft.life.ver === 0) {
    setLife(draft, side, observation, isAlive ? "alive" : "deleted", "first-sight");
    return false;
  }
  side.stamps[LIFE] = { changedAt: observation.changedAt, actor: observation.actor };
  if (isAlive && before !== "alive") return appear(draft, side, observation, { before, firstSight });
  if (!isAlive && before === "alive") vanish(draft, side, observation);
  else if (firstSight && observation.life === "deleted") findInactive(draft, side, observation);
  else if (!isAlive && wasThere(observation, { before, answersOurs })) vanish(draft, side, observation);
  if (!isAlive && draft.life.state === "deleted") side.seenLife = draft.life.ver;
  if (observation.life === "missing") forget(draft, side);
  return false;
}

/** Whoever we knew there was removed, and we did not hear of it, nor of who did it. */
export function hearOfRemoval(draft: Draft, side: SideDraft, observation: Observation): void {
  if (side.life !== "missing") vanish(draft, side, { ...observation, life: "missing", actor: null });
  forget(draft, side);
}

/** An edit by somebody who did not know that the member had been deleted: never silent, a person decides. */
export function reviewEditOfDeleted(draft: Draft, side: SideDraft, observation: Observation): void {
  const isUnaware = draft.life.state === "deleted" && side.seenLife < draft.life.ver && observation.life === "alive";
  if (isUnaware && draft.life.parked === undefined) review(draft, observation, "delete-edit");
}

function appear(
  draft: Draft,
  side: SideDraft,
  observation: Observation,
  { before, firstSight }: Pick<Before, "before" | "firstSight">,
): boolean {
  // P8: a create of ours that lands after the removal is nobody's word on the member's life.
  const isLateCreate = before === "missing" && isOurs(observation);
  if (draft.life.parked !== undefined) {
    if (isLateCreate) touch(draft, LIFE, draft.life.parked);
    else settle(draft, side, observation, draft.life.parked);
  }
  if (draft.life.state === "alive") side.seenLife = draft.life.ver;
  if (draft.life.state === "alive" || draft.life.parked !== undefined) return false;
  if (firstSight) {
    const isStaffWord = observation.side === "django" && draft.sides.firestore?.life === "deleted";
    if (isStaffWord) setLife(draft, side, observation, "alive", "owner-django");
    else review(draft, observation, observation.side === "django" ? "delete-review" : "delete-edit");
    return false;
  }
  if (isLateCreate) return undoLateCreate(draft, side, observation);
  if (before === "missing") {
    beginNewLife(draft, side, observation);
    return true;
  }
  if (observation.side === "firestore") refuseSteering(draft, side, observation);
  else setLife(draft, side, observation, "alive", "reactivated");
  return false;
}

function vanish(draft: Draft, side: SideDraft, observation: Observation): void {
  if (draft.life.parked !== undefined) return settle(draft, side, observation, draft.life.parked);
  if (draft.life.state === "deleted") return;
  if (observation.side === "firestore" && observation.life === "deleted") return refuseSteering(draft, side, observation);
  if (isContested(draft, side)) return review(draft, observation, "delete-edit");
  if (observation.side === "firestore" && draft.policy.firestoreDelete === "review") return review(draft, observation, "delete-review");
  setLife(draft, side, observation, "deleted", "newer");
  for (const group of Object.keys(draft.groups)) unpark(draft, group, "superseded");
}

/** A removal where we knew of nobody: our create or reactivation had landed there, unheard of, and somebody ended it. */
function wasThere({ answer, life }: Observation, { before, answersOurs }: Pick<Before, "before" | "answersOurs">): boolean {
  if (before === "deleted") return life === "missing";
  return before === "missing" && (answer === undefined || answer.status === "applied" || (answer.status === "stale" && answersOurs));
}

/** A document that appears with a write id of ours; Django keeps the id of a removed row, so there only an answer tells. */
function isOurs({ side, writeId, answer }: Observation): boolean {
  return answer?.status === "applied" || (side === "firestore" && writeId !== null);
}

/** Both sides are joined for the first time, and one has the member marked inactive. Status is Django's to say. */
function findInactive(draft: Draft, side: SideDraft, observation: Observation): void {
  if (draft.life.state === "deleted" || draft.life.parked !== undefined) return;
  if (observation.side === "django") review(draft, observation, "delete-edit");
  else side.seenLife = 0;
}

/** Somebody changed what the one who deleted had not seen. */
function isContested(draft: Draft, side: SideDraft): boolean {
  return Object.entries(draft.groups).some(
    ([group, register]) =>
      register.parked !== undefined || (register.ver > seenBy(side, group) && !isSame(draft, group, register.value, side.shadow[group])),
  );
}

/** An open question about the member's life: it ends by itself when both sides agree again. */
function settle(draft: Draft, side: SideDraft, observation: Observation, parked: Parked): void {
  const peer = draft.sides[otherSide(observation.side)];
  const isAlive = observation.life === "alive";
  if (peer === undefined || (peer.life === "alive") !== isAlive) return touch(draft, LIFE, parked);
  unpark(draft, LIFE, "converged");
  setLife(draft, side, observation, isAlive ? "alive" : "deleted", "equal-again");
  peer.seenLife = draft.life.ver;
}

/** Members may not change their status: what Django says is put back. */
function refuseSteering(draft: Draft, side: SideDraft, observation: Observation): void {
  side.seenLife = draft.life.ver - 1;
  tell(draft, observation, "refused", "not-steerable");
}

function review(draft: Draft, observation: Observation, cause: ConflictCause): void {
  const mark = park(draft, LIFE, cause, "alive");
  tell(draft, observation, "parked", cause, mark.conflictId);
}

function setLife(draft: Draft, side: SideDraft, observation: Observation, state: LifeRegister["state"], rule: string): void {
  const { side: name, actor, changedAt } = observation;
  draft.life = { ...draft.life, state, ver: draft.life.ver + 1, side: name, actor, changedAt };
  side.seenLife = draft.life.ver;
  side.stamps[LIFE] = { changedAt, actor };
  tell(draft, observation, rule === "equal-again" ? "converged" : "accepted", rule);
}

function beginNewLife(draft: Draft, side: SideDraft, observation: Observation): void {
  setLife(draft, side, observation, "alive", "new-life");
  draft.life = { ...draft.life, incarnation: draft.life.incarnation + 1 };
  const { side: name, actor, changedAt } = observation;
  for (const group of new Set([...Object.keys(draft.groups), ...Object.keys(observation.record)])) {
    unpark(draft, group, "superseded");
    const value = observation.record[group] ?? null;
    const ver = registerOf(draft, group).ver + 1;
    tellFirstLife(draft, otherSide(name), group, value, ver);
    draft.groups[group] = { value, ver, side: name, actor, changedAt };
    side.shadow[group] = value;
    side.seen[group] = ver;
    side.stamps[group] = { changedAt, actor };
    draft.history.push({ group, outcome: "accepted", side: name, actor, changedAt, value, other: null, ver, rule: "new-life" });
  }
}

/** P1: what still stood in the first life, edits of the removed member included, loses to the new one and is told. */
function tellFirstLife(draft: Draft, peer: Side, group: GroupName, value: GroupValue, ver: number): void {
  const register = registerOf(draft, group);
  const held = draft.sides[peer];
  const standing = heldBy(held, group);
  const losers = [register];
  if (!isSame(draft, group, standing, register.value))
    losers.push({ ver, side: peer, changedAt: 0, actor: null, ...held?.stamps[group], value: standing });
  for (const loser of losers) {
    if (loser.value === null || isSame(draft, group, loser.value, value)) continue;
    const { side, actor, changedAt, value: lost } = loser;
    draft.history.push({ group, outcome: "lost", side, actor, changedAt, value: lost, other: value, ver: loser.ver, rule: "new-life" });
  }
}

/**
 * A create of ours landed after we had given it up, and the member is deleted: nobody made this life, it is ended
 * again. If somebody has written there since, or it may be an old copy put back by hand, a person is asked.
 */
function undoLateCreate(draft: Draft, side: SideDraft, observation: Observation): boolean {
  const isTouched =
    observation.answer === undefined ||
    Object.entries(observation.record).some(([group, value]) => !isSame(draft, group, value, registerOf(draft, group).value));
  if (isTouched) {
    review(draft, observation, "delete-edit");
    return false;
  }
  side.seenLife = draft.life.ver - 1;
  Object.assign(side.shadow, observation.record);
  tell(draft, observation, "refused", "late-write");
  return true;
}

/** There is nothing there any more, so nothing there reflects any version, and who looked at it must look again. */
function forget(draft: Draft, side: SideDraft): void {
  for (const group of Object.keys(side.shadow)) {
    const { parked } = registerOf(draft, group);
    if (parked !== undefined) touch(draft, group, parked);
    delete side.shadow[group];
  }
  for (const group of Object.keys(side.seen)) delete side.seen[group];
}

function tell(draft: Draft, observation: Observation, outcome: HistoryEntry["outcome"], rule: string, conflictId?: string): void {
  const { side, actor, changedAt, life } = observation;
  const value = life === "alive" ? "alive" : "deleted";
  const other = draft.before?.life.state ?? null;
  draft.history.push({
    group: LIFE,
    outcome,
    side,
    actor,
    changedAt,
    value,
    other,
    ver: draft.life.ver,
    rule,
    ...(conflictId && { conflictId }),
  });
}
