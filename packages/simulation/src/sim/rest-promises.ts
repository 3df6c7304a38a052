import { isInSync } from "@member-sync/reconciler/core/in-sync.ts";
import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Biography, Edit } from "./biography.ts";
import { GROUPS, KENNITALAS, keyOf, MAPS, type GroupName } from "./rules.ts";
import type { World } from "./world.ts";

/** What does not hold of one member now that nothing moves any more. */
export function brokenAtRest(world: World, member: number): string | undefined {
  const life = world.lives[member];
  const hub = world.hubOf(member);
  if (life === undefined) return undefined;
  if (hub === undefined) return isUntold(life) ? "P1: edits were made, and no hub was ever written" : undefined;
  const broken =
    diverged(world, member, hub) ??
    (world.isForgetful ? undefined : lifeWithoutReason(world, life, hub)) ??
    unaccounted(world, member, life, hub) ??
    writtenTooOften(world, life) ??
    tamperedWith(world, member, hub) ??
    misjudged(world, member, hub);
  return broken === undefined ? undefined : `${broken} (member ${member + 1})`;
}

/** Whoever came and went before anybody was told is gone by the word of somebody who knew all of it. */
function isUntold(life: Biography): boolean {
  return GROUPS.some((group) => life.edits[group].some((edit) => !life.diedKnown(edit) && !isUndone(life, edit)));
}

function diverged(world: World, member: number, hub: Hub): string | undefined {
  if (hub.life.parked !== undefined) return undefined;
  // A hub without a first word on the life says nothing of it: what waited in it was rolled back by a restore.
  const isAlive = hub.life.state === "alive" && hub.life.ver > 0;
  for (const side of SIDES) {
    const stands = world.lifeOf(side, member);
    if ((stands === "alive") !== isAlive) return `P2: member ${member} is ${stands} on ${side}, the hub says ${hub.life.state}`;
  }
  if (!isAlive) return undefined;
  for (const group of GROUPS) {
    const [django, firestore] = SIDES.map((side) => keyOf(world.heldBy(side, member, group)));
    if (hub.groups[group]?.parked === undefined && django !== firestore)
      return `P2: ${group} of ${member} is "${django}" in Django and "${firestore}" in Firestore, and nobody is asked`;
  }
  return undefined;
}

/** P8: who is gone was removed by somebody who knew of every edit (but of one that a restore undid on its side); who is here was not removed without an answer. */
function lifeWithoutReason(world: World, life: Biography, hub: Hub): string | undefined {
  if (hub.life.parked !== undefined || life.lifeDecisions > 0) return undefined;
  const edits = GROUPS.flatMap((group) => life.edits[group]);
  if (hub.life.state === "deleted") {
    const isOrdered = (edit: Edit) => wasUnmapped(world, edit) || life.diedKnown(edit) || edit.pastRemovals !== 0;
    const unseen = edits.find(
      (edit) =>
        edit.by !== "hub" &&
        edit.key !== "" &&
        !life.isLost(edit) &&
        !edit.isUnseen &&
        !edit.isRolledBack &&
        !isReplaced(life, edit) &&
        !isOrdered(edit),
    );
    return unseen === undefined ? undefined : `P8: the member is gone, and no removal had seen ${unseen.key}`;
  }
  const isBroughtBack = life.reactivations > 0 || edits.some((edit) => edit.isCreation && !life.diedKnown(edit));
  return life.removals.length > 0 && !isBroughtBack ? "P8: the member is back after a removal, and nobody brought them back" : undefined;
}

/** Who removes a member on one side has not seen what the other side alone held of a group that no service mapped. */
function wasUnmapped({ isMapChanged }: World, { group }: Edit): boolean {
  return isMapChanged && !(group in MAPS.older.groups);
}

function unaccounted(world: World, member: number, life: Biography, hub: Hub): string | undefined {
  for (const group of GROUPS) {
    const vanished = life.edits[group].find(
      (edit) => edit.by !== "hub" && !edit.isUnseen && !isUndone(life, edit) && !isAccounted(world, member, life, hub, edit),
    );
    if (vanished !== undefined) return `P1: ${vanished.key} of ${group} vanished`;
  }
  return undefined;
}

/** The ledger of P1: each edit ends in one of these ways. */
function isAccounted(world: World, member: number, life: Biography, hub: Hub, edit: Edit): boolean {
  const standsOn = SIDES.filter((side) => keyOf(world.heldBy(side, member, edit.group)) === edit.key).length;
  const isGone = hub.life.state === "deleted";
  const register = hub.groups[edit.group];
  // Where a person is asked about the member, or about a rejected value, the hub's value waits with the question.
  const isInHub = (hub.life.parked !== undefined || register?.parked?.cause === "rejected") && keyOf(register?.value) === edit.key;
  const isWaiting = isInHub || (standsOn > 0 && (hub.life.parked !== undefined || register?.parked !== undefined));
  const isEnded =
    life.diedKnown(edit) ||
    (isGone && (edit.isRolledBack || life.lifeDecisions > 0 || (standsOn > 0 && (edit.pastRemovals !== 0 || wasUnmapped(world, edit)))));
  // A restored side meets the hub for the first time: where the dump had an empty field, the hub's value fills it.
  const isFilled = edit.key === "" && life.isUnsure(edit) && SIDES.some((side) => world.restores.ended[side].length > 0);
  return standsOn === 2 || isReplaced(life, edit) || life.isLost(edit) || isWaiting || isEnded || isFilled;
}

/** An edit that was undone with its side counts for nobody who came after: what it had replaced must be accounted for itself. */
function isReplaced(life: Biography, edit: Edit): boolean {
  return life.edits[edit.group].some((later) => (later.past & edit.bit) !== 0 && !isUndone(life, later));
}

/**
 * Rolled back by the restore of its side itself: the dump was older, and the reconciler had never heard of the edit, in the
 * hub, in a shadow, in what waited or in the history. Of one that it had heard of the history must tell how it ended.
 */
function isUndone(life: Biography, edit: Edit): boolean {
  return edit.isRolledBack && !life.isHeard(edit);
}

/** P3: two writes for whatever people did, and the first copy; a restored state may be written once more. */
function writtenTooOften(world: World, life: Biography): string | undefined {
  const deeds =
    life.editCount() + life.decisions + life.creations + life.reactivations + life.removals.length + life.touches + world.repairs;
  return life.writes > 2 * deeds + 2 ? `P3: ${life.writes} writes for ${deeds} deeds of people` : undefined;
}

/** What only we write into a document, and what stands there instead. */
function protectedAmiss(world: World, member: number): string | undefined {
  const kennitala = KENNITALAS[member] ?? "";
  const paths = world.pathsOf("firestore", member);
  if (paths === undefined || world.lifeOf("firestore", member) !== "alive") return undefined;
  if (world.markOf(member) !== "valid" || isMarkPutBack(world, kennitala)) return "our mark";
  return Object.entries({ "membership.status": "active", "profile.kennitala": kennitala }).find(
    ([path, value]) => paths[path] !== value,
  )?.[0];
}

/** An old mark of ours that somebody put back, in the same document still. A hub that was restored may not know a newer one. */
function isMarkPutBack({ firestore, isForgetful, marksPutBack }: World, kennitala: string): boolean {
  const putBack = marksPutBack.get(kennitala);
  const isThere = firestore.pathsOf(kennitala)?.["metadata.sync.write_id"] === putBack?.writeId;
  return !isForgetful && putBack !== undefined && isThere && firestore.fake.get(kennitala)?.created === putBack.created;
}

/** P9: what members may not change is put back. A program that goes on changing it is let be after a while, and not called in sync. */
function tamperedWith(world: World, member: number, hub: Hub): string | undefined {
  const isLetBe = (hub.sides.firestore?.putBacks ?? 0) > 0 && !isInSync(hub);
  if (hub.life.parked !== undefined || world.lifeOf("django", member) !== "alive" || isLetBe) return undefined;
  const amiss = protectedAmiss(world, member);
  return amiss === undefined ? undefined : `P9: ${amiss} of the document is not as we wrote it, and is not put back`;
}

/** P7: what is called in sync is equal, and its protected paths are as we wrote them. */
function misjudged(world: World, member: number, hub: Hub): string | undefined {
  if (!isInSync(hub) || hub.life.state === "deleted") return undefined;
  const amiss = protectedAmiss(world, member);
  if (amiss !== undefined) return `P7: called in sync with ${amiss} not as we wrote it`;
  const shown = (group: GroupName) => SIDES.map((side) => keyOf(world.heldBy(side, member, group)));
  const unequal = GROUPS.find((group) => new Set(shown(group)).size > 1);
  return unequal === undefined ? undefined : `P7: called in sync with ${unequal} as ${shown(unequal).join(" and ")}`;
}
