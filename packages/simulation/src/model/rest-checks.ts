import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Planner } from "./planner.ts";
import { calledDifferent } from "./sync-checks.ts";
import { editOf, type EditId, type State, type WorldRules } from "./state.ts";

/** Promises about a world in which nothing moves any more. */
export function brokenAtRest(planner: Planner, state: State, rules: WorldRules): string | undefined {
  const { hub } = state;
  if (hub === undefined) return Object.keys(state.past).length === 0 ? undefined : "P1: edits were made, and no hub was ever written";
  if (hub.out.django !== undefined || hub.out.firestore !== undefined) return "P3: a command stays in flight for ever";
  return (
    suspendedForEver(hub) ??
    tamperedForEver(state, hub) ??
    diverged(state, hub, rules) ??
    lifeWithoutReason(state, hub) ??
    firstLifeInSecond(state, hub, rules) ??
    unaccounted(state, hub) ??
    writtenTooOften(state) ??
    calledDifferent(planner, state, hub)
  );
}

/** P9: once every restore is confirmed, no side stays suspended. */
function suspendedForEver({ waiting }: Hub): string | undefined {
  const side = SIDES.find((each) => waiting[each] !== undefined);
  return side === undefined ? undefined : `P9: ${side} stays suspended, and its restore is confirmed`;
}

/** P9: a protected path is restored, unless a person is asked about the very document. */
function tamperedForEver({ sides }: State, { life }: Hub): string | undefined {
  const isLeft = sides.firestore.isTampered === true && life.parked?.cause !== "recreated";
  return isLeft ? "P9: a protected path does not hold what we wrote, and nobody restores it" : undefined;
}

function diverged({ sides }: State, hub: Hub, rules: WorldRules): string | undefined {
  if (hub.life.parked !== undefined) return undefined;
  const isAlive = hub.life.state === "alive";
  for (const side of SIDES)
    if ((sides[side].life === "alive") !== isAlive) return `P2: ${side} is ${sides[side].life}, the hub says ${hub.life.state}`;
  if (!isAlive) return undefined;
  for (const group of rules.groups) {
    const [a, b] = [editOf(group, sides.django.record[group]), editOf(group, sides.firestore.record[group])];
    const parked = hub.groups[group]?.parked;
    if (parked === undefined && a !== b) return `P2: ${group} is ${a} in Django and ${b} in Firestore, and nobody is asked`;
    if (parked?.cause === "concurrent" && a === b) return `P5: ${group} is ${a} on both sides, and a person is asked all the same`;
  }
  return undefined;
}

/** P8 and case 21: who is gone was removed by somebody who knew of every edit; who is here was not removed without an answer. */
function lifeWithoutReason({ past, lost, lifeDecisions, creations, ...state }: State, hub: Hub): string | undefined {
  const removals = state.removals.filter((id) => !state.rolledBack.includes(id));
  if (hub.life.parked !== undefined || lifeDecisions > 0) return undefined;
  if (hub.life.state === "deleted") {
    const isOrdered = (id: EditId, removal: EditId) => past[removal]?.includes(id) || past[id]?.includes(removal);
    const unseen = Object.keys(past).find(
      (id) =>
        !state.removals.includes(id) &&
        !state.rolledBack.includes(id) &&
        !isOfLateGroup(id) &&
        !lost.includes(id) &&
        !isDecision(id) &&
        !removals.some((removal) => isOrdered(id, removal)),
    );
    return unseen === undefined ? undefined : `P8: the member is gone, and no removal had seen ${unseen}`;
  }
  const made = Object.keys(past).filter((id) => !removals.includes(id) && (id[2] === "c" || id.endsWith("-old")));
  const isBroughtBack =
    creations > made.filter((id) => id[2] === "c").length || made.some((id) => !removals.some((removal) => past[removal]?.includes(id)));
  // Firestore keeps no tombstones: whether a restored one never had the member, or somebody removed it since, nobody can tell.
  const isUnknowable = state.restored.firestore !== undefined && removals.every((id) => id.startsWith("remove-firestore"));
  return removals.length > 0 && !isBroughtBack && !isUnknowable
    ? `P8: the member is back after ${removals.join(", ")}, and nobody brought them back`
    : undefined;
}

/** P8: where a removal deactivates, whoever makes the member again begins afresh; what the removal had seen stays gone. */
function firstLifeInSecond({ sides, past, removals }: State, hub: Hub, { groups, firestoreDelete }: WorldRules): string | undefined {
  if (firestoreDelete !== "deactivate" || hub.life.parked !== undefined || hub.life.state === "deleted") return undefined;
  const undone = removals.filter((removal) => Object.entries(past).some(([id, seen]) => id[2] === "c" && seen.includes(removal)));
  const standing = groups.map((group) => editOf(group, sides.django.record[group]));
  const returned = standing.find((id) => undone.some((removal) => past[removal]?.includes(id)));
  return returned === undefined ? undefined : `P8: ${returned} is of the first life, and stands in the second`;
}

/** The ledger of P1: each edit ends in one of these ways. */
function unaccounted(state: State, hub: Hub): string | undefined {
  const isEdit = (id: EditId) => !state.removals.includes(id) && !state.rolledBack.includes(id) && !isDecision(id);
  const vanished = Object.keys(state.past).find((id) => isEdit(id) && !isAccounted(state, hub, id));
  return vanished === undefined ? undefined : `P1: ${vanished} vanished`;
}

/** A value that stood there before its group was mapped: nobody's edit. */
function isOfLateGroup(id: EditId): boolean {
  return SIDES.some((side) => id.endsWith(`-${side}`));
}

/** A decision has its own entry in the history, and its conflict keeps it. */
function isDecision(id: EditId): boolean {
  return id.slice(1).startsWith("hd");
}

function isAccounted({ sides, past, lost, removals, lifeDecisions, rolledBack }: State, hub: Hub, id: EditId): boolean {
  const group = id[0] ?? "";
  const standsOn = SIDES.filter((side) => editOf(group, sides[side].record[group]) === id);
  const isCurrent = standsOn.length === 2;
  const isReplaced = Object.entries(past).some(
    ([later, seen]) => !rolledBack.includes(later) && later.startsWith(group) && seen.includes(id),
  );
  const isWaiting = (hub.groups[group]?.parked !== undefined || hub.life.parked !== undefined) && standsOn.length > 0;
  const diedKnown = removals.some((removal) => past[removal]?.includes(id));
  const endedByPerson = lifeDecisions > 0 && hub.life.state === "deleted";
  const madeOnGone = standsOn.length > 0 && hub.life.state === "deleted" && removals.some((removal) => past[id]?.includes(removal));
  const isUntouched = standsOn.length > 0 && hub.life.state === "deleted" && isOfLateGroup(id);
  return isUntouched || madeOnGone || isCurrent || isReplaced || lost.includes(id) || isWaiting || diedKnown || endedByPerson;
}

/** P3: two writes for an edit or decision; the member's first copy and the Django id written back are an edit's too. */
function writtenTooOften(state: State): string | undefined {
  const { past, writes, decisions, creations, replacements, tamperings } = state;
  const restores = Object.keys(state.restored).length;
  const allowed = 2 * (Object.keys(past).length + decisions + creations + replacements + tamperings + restores) + 2;
  return writes > allowed ? `P3: ${writes} writes for ${Object.keys(past).length} edits and ${decisions} decisions` : undefined;
}
