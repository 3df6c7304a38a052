import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { otherSide } from "@member-sync/shared/member/side.ts";
import { decideGroup } from "./decide-group.ts";
import { lifeEntry, stampOf } from "./entry.ts";
import type { FactOf } from "./facts.ts";
import type { Rule } from "./history.ts";
import { LIFE, type ConflictCause, type Hub, type LifeRegister, type SideState } from "./hub.ts";
import { LIFE_TABLE, type HubLife } from "./life-table.ts";
import { endGroups } from "./end-of-life.ts";
import { beginNewLife } from "./new-life.ts";
import type { Outcome } from "./outcomes.ts";
import { close, move, park } from "./park.ts";
import type { Policy } from "./policy.ts";
import { isRetired, registerOf, seenBy } from "./read-hub.ts";

type LifeFact = FactOf<"life">;

/**
 * What an observation means for the member's life: a register like any group, but a delete against an edit always asks,
 * and a member whom staff create after a delete is a new incarnation (P8).
 */
export function decideLife(fact: LifeFact, hub: Hub, policy: Policy): readonly Outcome[] {
  const { observation, life } = fact;
  if (life.isUnreported && life.before === "missing") return forget(hub, observation);
  const outcomes = [...ruled(fact, hub, policy), ...(isGoneFromBoth(fact, hub) ? endGroups(hub, policy) : [])];
  const wasKnown = life.before === "alive" || life.before === "deleted";
  const isGone = wasKnown && life.now === "missing" && hub.life.ver > 0;
  return isGone ? [...outcomes, ...forget(hub, observation)] : outcomes;
}

/** A deactivated member whom nobody holds any more: what was in conflict between the sides is nobody's question. */
function isGoneFromBoth({ observation, life }: LifeFact, hub: Hub): boolean {
  return life.now === "missing" && hubLifeOf(hub) === "deleted" && hub.sides[otherSide(observation.side)]?.life === "missing";
}

/** The side no longer holds the member: we drop its shadow and seen versions, and decisions on what it held become outdated. */
function forget(hub: Hub, { side }: Observation): readonly Outcome[] {
  const held = Object.keys(hub.sides[side]?.shadow ?? {});
  return [...held.flatMap((group) => move(hub, group)), { kind: "content-gone", side }];
}

function ruled(fact: LifeFact, hub: Hub, policy: Policy): readonly Outcome[] {
  const { observation, life } = fact;
  const { side } = observation;
  switch (LIFE_TABLE[side][life.before][life.now][hubLifeOf(hub)]) {
    case "begin":
      return set(hub, observation, { state: life.now === "alive" ? "alive" : "deleted" }, "first-sight");
    case "stand":
      return [];
    case "end":
      return end(observation, hub, policy);
    case "end-if-there":
      return wasThere(fact) ? end(observation, hub, policy) : [];
    case "answer":
      return answer(fact, hub, policy);
    case "answer-if-there":
      return wasThere(fact) ? answer(fact, hub, policy) : [];
    case "restart":
      return isOwnCreate(fact) ? undoOwnCreate(hub, observation, policy) : beginNewLife(hub, observation, policy);
    case "reactivate":
      return set(hub, observation, { state: "alive" }, "reactivated");
    case "recreate":
      return isOwnCreate(fact) ? undoOwnCreate(hub, observation, policy) : ask(hub, observation, "recreated");
    case "restore-status":
      return restoreStatus(hub, observation, "forbidden");
    case "impose":
      return [{ kind: "life-seen", side, ver: 0 }];
    case "return": {
      const isDocumentInactive = hub.sides.firestore?.life === "deleted";
      return isDocumentInactive ? set(hub, observation, { state: "alive" }, "owner-django") : ask(hub, observation, "delete-review");
    }
    case "ask-edit":
      return ask(hub, observation, "delete-edit");
  }
}

function hubLifeOf({ life }: Hub): HubLife {
  if (life.ver === 0) return "unborn";
  return life.parked === undefined ? life.state : "asked";
}

/** The member was ended there, by somebody who may not have seen all that was edited. */
function end(observation: Observation, hub: Hub, policy: Policy): readonly Outcome[] {
  const { side } = observation;
  if (isContested(hub, side, policy)) return ask(hub, observation, "delete-edit");
  if (side === "firestore" && policy.firestoreDelete === "review") return ask(hub, observation, "delete-review");
  return [...set(hub, observation, { state: "deleted" }, "newer"), ...endGroups(hub, policy)];
}

/** Whether a group is in conflict, or has a value that the deleting side had neither seen nor holds. */
function isContested(hub: Hub, side: Observation["side"], policy: Policy): boolean {
  const state = hub.sides[side];
  return Object.entries(hub.groups).some(([group, { value, ver, parked }]) => {
    if (isRetired(hub, group)) return false;
    if (parked !== undefined) return true;
    return ver > (state === undefined ? 0 : seenBy(state, group)) && !policy.same(group, value, state?.shadow[group]);
  });
}

/** A person is being asked about the life: it ends when both sides agree again, or when staff begin a new life; else it moves on. */
function answer(fact: LifeFact, hub: Hub, policy: Policy): readonly Outcome[] {
  const { observation, life } = fact;
  const peer = hub.sides[otherSide(observation.side)];
  const isAlive = life.now === "alive";
  const isLateCreate = isAlive && life.before === "missing" && isOwnCreate(fact);
  if (isLateCreate) return move(hub, LIFE); // P8: a create of ours that lands after the removal is nobody's word
  const isStaffsCreate = observation.side === "django" && isAlive && life.before === "missing";
  if (isStaffsCreate && (life.isAnother || hub.life.state === "deleted"))
    return [...close(hub, LIFE, "superseded"), ...beginNewLife(hub, observation, policy)];
  if (peer === undefined || (peer.life === "alive") !== isAlive) return move(hub, LIFE);
  const wasSetAside = hub.life.parked?.cause === "recreated";
  return [
    ...close(hub, LIFE, "converged"),
    ...set(hub, observation, { state: isAlive ? "alive" : "deleted" }, "equal-again"),
    { kind: "life-seen", side: otherSide(observation.side), ver: hub.life.ver + 1 },
    ...(isAlive ? [] : endGroups(hub, policy)),
    ...(wasSetAside && isAlive ? takeSetAside(hub, policy) : []),
  ];
}

/** The new document of a member whom staff reactivated: now its content is read, as content that is simply there. */
function takeSetAside(hub: Hub, policy: Policy): readonly Outcome[] {
  const side = hub.sides.firestore;
  if (side === undefined) return [];
  const { parked: _, ...life } = hub.life;
  const open = { ...hub, life };
  return Object.entries(side.shadow).flatMap(([group, value]) => {
    if (policy.same(group, value, undefined)) return [];
    const stamp = side.stamps[group] ?? { changedAt: 0, actor: null };
    const edit = { group, value, base: undefined, stamp, isFirstSight: true, isAfterRestore: false, isRewritten: false };
    return decideGroup({ observation: asObserved(hub, side), edit }, open, policy);
  });
}

/** Stands for the document as it was last read; the rules of a group ask only for its side. */
function asObserved({ memberRef, kennitala }: Hub, { revision, shadow, life, djangoId }: SideState): Observation {
  const side = "firestore" as const;
  return { id: "", side, memberRef, kennitala, revision, life, record: shadow, changedAt: 0, actor: null, djangoId, writeId: null };
}

/**
 * Whether a side on which we knew of nobody, and where nobody is now, had the member in between: a create or reactivation of
 * ours had landed there without our hearing of it, and somebody ended the member.
 */
function wasThere({ observation, life }: LifeFact): boolean {
  const { side, revision, answer: reply } = observation;
  // Django keeps the revision of a removal: at revision 0 nobody was removed since its present history began.
  if (side === "django" && revision === "0" && life.now === "missing") return false;
  // At a higher revision, a restored Django did have the member, and has removed them.
  if (side === "django" && life.before === "restored") return true;
  return reply === undefined || reply.status === "applied" || (reply.status === "stale" && life.answersOurs);
}

/** A document that appears with a write id of ours, and is no copy; Django keeps the id of a removed row, so there only an answer tells. */
function isOwnCreate({ observation, life }: LifeFact): boolean {
  const { side, writeId, answer: reply } = observation;
  return reply?.status === "applied" || (side === "firestore" && writeId !== null && !life.isOldMark);
}

/**
 * A create of ours landed after something newer ended it, and the member is deleted: nobody made this life, it is ended
 * again. If somebody has written there since, or it may be an old copy put back by hand, a person is asked.
 */
function undoOwnCreate(hub: Hub, observation: Observation, policy: Policy): readonly Outcome[] {
  const isTouched =
    observation.answer === undefined ||
    Object.entries(observation.record).some(([group, value]) => !policy.same(group, value, registerOf(hub, group).value));
  if (isTouched) return ask(hub, observation, "delete-edit");
  return restoreStatus(hub, observation, "late-write");
}

/** Counts the side as not having seen the hub's life, so that the next command writes the hub's status there. */
function restoreStatus(hub: Hub, observation: Observation, rule: "forbidden" | "late-write"): readonly Outcome[] {
  return [{ kind: "life-seen", side: observation.side, ver: hub.life.ver - 1 }, lifeEntry(hub, observation, "refused", { rule })];
}

function ask(hub: Hub, observation: Observation, cause: Extract<ConflictCause, Rule>): readonly Outcome[] {
  const { outcome, conflictId } = park(hub, { group: LIFE, cause, agreed: hub.life.state });
  return [outcome, lifeEntry(hub, observation, "parked", { rule: cause, conflictId })];
}

function set(hub: Hub, observation: Observation, to: Pick<LifeRegister, "state">, rule: Rule): readonly Outcome[] {
  const { side } = observation;
  const ver = hub.life.ver + 1;
  const { incarnation } = hub.life;
  return [
    { kind: "life-set", life: { ...stampOf(observation, hub), state: to.state, ver, incarnation, side } },
    { kind: "life-seen", side, ver },
    lifeEntry(hub, observation, rule === "equal-again" ? "converged" : "accepted", { rule, ver }),
  ];
}

/** An edit by somebody who did not know that the member had been deleted: never silent, a person decides. */
export function reviewEditOfDeleted({ observation }: FactOf<"edited">, hub: Hub): readonly Outcome[] {
  const seen = hub.sides[observation.side]?.seenLife ?? 0;
  const isUnaware = hub.life.state === "deleted" && seen < hub.life.ver && observation.life === "alive";
  return isUnaware && hub.life.parked === undefined ? ask(hub, observation, "delete-edit") : [];
}
