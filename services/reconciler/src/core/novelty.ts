import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub, SideState } from "./hub.ts";
import { isBelowLook } from "./look-id.ts";
import type { Policy, Restore } from "./policy.ts";
import { newlyRead } from "./read-hub.ts";

/**
 * Whether an observation says anything new of its side.
 * - `late`: nothing new: a duplicate, older than what we know, or of a history of the side that has ended
 * - `re-read`: the content we know, read by a program that knows groups which we have not read there yet
 * - `suspended`: the side seems to have been restored from a backup, and no operator has confirmed it
 * - `restored`: an operator has confirmed it: what we knew of the side no longer holds
 */
export type Novelty =
  | { readonly kind: "news" }
  | { readonly kind: "late" }
  | { readonly kind: "re-read"; readonly known: SideState; readonly groups: readonly GroupName[] }
  | { readonly kind: "suspended" }
  | { readonly kind: "restored"; readonly restore: Restore };

const NEWS = { kind: "news" } as const;
const LATE = { kind: "late" } as const;

/** First: which history of the side it belongs to. Then: whether its revision is newer. Last: what an older one may still show. */
export function noveltyOf(hub: Hub, observation: Observation, policy: Policy): Novelty {
  const known = hub.sides[observation.side];
  const restore = policy.restores?.[observation.side];
  if (isOfEndedLineage(observation, restore)) return LATE;
  if (known === undefined) return isStillNobody(hub, observation) ? LATE : NEWS;
  if (isOlderThanSuspended(hub, observation)) return LATE;
  if (restore !== undefined && isFirstOf(restore, known, observation)) return { kind: "restored", restore };
  if (hasOtherLineage(known, observation)) return afterRestore(known, observation, restore);
  if (isHeldAsSuspended(hub, observation)) return afterRestore(known, observation, restore);
  const order = compareRevisions(observation.revision, known.revision);
  if (isHeldOfKnownLineage(hub, observation.side)) return afterRestore(known, observation, restore);
  if (order > 0) return NEWS;
  if (isAnswerTo(hub, observation)) {
    if (order === 0 && observation.answer?.status === "applied") return NEWS; // the side found nothing to change
    if (observation.answer?.status !== "rejected") return afterRestore(known, observation, restore); // it went back in time
  }
  if (isBelowLook(known, observation)) return afterLook(known, observation, restore);
  if (order < 0 || known.life === "missing" || observation.life === "missing") return LATE;
  const groups = newlyRead(known, observation);
  return groups.length > 0 ? { kind: "re-read", known, groups } : LATE;
}

/** The side never had the member and our create is in flight: revision 0 says nothing new unless it answers that create. */
function isStillNobody(hub: Hub, observation: Observation): boolean {
  const { side, life, revision } = observation;
  return hub.out[side] !== undefined && life === "missing" && revision === "0" && !isAnswerTo(hub, observation);
}

/** A newer state of the same restored history is queued already: this one must not take its place, confirmed or not. */
function isOlderThanSuspended(hub: Hub, { side, revision, lineage }: Observation): boolean {
  const wait = hub.waiting[side];
  if (wait?.suspended !== true || wait.observation.lineage !== lineage) return false;
  return compareRevisions(revision, wait.observation.revision) < 0;
}

/** An observation is queued of a side whose revision went back under the same lineage. */
function isHeldOfKnownLineage(hub: Hub, side: Observation["side"]): boolean {
  const waiting = hub.waiting[side];
  return waiting?.suspended === true && waiting.observation.lineage === hub.sides[side]?.lineage;
}

function isOfEndedLineage({ lineage }: Observation, restore: Restore | undefined): boolean {
  return lineage !== undefined && restore !== undefined && restore.ended.includes(lineage);
}

/** The first observation with the confirmed lineage, on a side that carried none before. */
function isFirstOf({ lineage }: Restore, known: SideState, observation: Observation): boolean {
  return lineage !== null && observation.lineage === lineage && known.lineage === undefined;
}

/** Whether two states are of two histories of their side, one of them ended by a restore. */
export function hasOtherLineage(
  { lineage }: { readonly lineage?: string | undefined },
  observation: Pick<Observation, "lineage">,
): boolean {
  return lineage !== undefined && observation.lineage !== undefined && observation.lineage !== lineage;
}

/** An answer to the command in flight was read after the command was emitted: it cannot be older than what we knew then. */
function isAnswerTo(hub: Hub, { side, answer }: Observation): boolean {
  return answer !== undefined && answer.writeId === hub.out[side]?.writeId;
}

/** The queued suspended observation, evaluated again: its command may have ended since, so it no longer counts as an answer. */
function isHeldAsSuspended(hub: Hub, { side, revision, lineage }: Observation): boolean {
  const wait = hub.waiting[side];
  return wait?.suspended === true && wait.observation.revision === revision && wait.observation.lineage === lineage;
}

function afterRestore(known: SideState, { lineage }: Observation, restore: Restore | undefined): Novelty {
  const isConfirmed = restore !== undefined && restore.confirmedAt > (known.restoredAt ?? 0);
  const isThatOne = restore?.lineage == null || lineage === undefined || lineage === restore.lineage;
  return isConfirmed && isThatOne ? { kind: "restored", restore } : { kind: "suspended" };
}

/**
 * A member whom Django does not find may be stored under another spelling of the kennitala: that alone does not show that
 * the side went back. Once an operator has confirmed that it did, the member is missing there.
 */
function afterLook(known: SideState, observation: Observation, restore: Restore | undefined): Novelty {
  const novelty = afterRestore(known, observation, restore);
  return novelty.kind === "suspended" && observation.life === "missing" ? LATE : novelty;
}
