import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub, SideState } from "./hub.ts";

/** Stands for our mark among the protected paths that do not hold what we wrote. */
export const OWN_MARK = "own-mark";

/**
 * The observation without a mark of ours that a later write of ours had replaced: a client put it back, as a whole and
 * with its signature. What it names says nothing of this document, so it counts like a forged one: the values are
 * somebody's edits, and the next command writes the mark anew. It also writes the mark anew where a client removed it.
 */
export function withoutOldMark(hub: Hub, observation: Observation): Observation {
  const known = hub.sides[observation.side];
  if (isRemoved(known, observation)) return withOwnMarkTampered(observation);
  if (known === undefined || !isOutdated(hub, known, observation)) return observation;
  return withOwnMarkTampered({ ...observation, writeId: null });
}

function withOwnMarkTampered(observation: Observation): Observation {
  return { ...observation, tampered: [...(observation.tampered ?? []), OWN_MARK] };
}

/** An event names the mark that its own write removed; for a later event or a read, the hub knows that there was one. */
function isRemoved(known: SideState | undefined, observation: Observation): boolean {
  if (observation.unmarked !== true) return false;
  return observation.writeId !== null || (known?.mark !== undefined && isSameDocument(known, observation));
}

function isSameDocument(known: SideState, { life, created }: Observation): boolean {
  return known.life !== "missing" && life !== "missing" && created === known.created;
}

/**
 * A document that we know carries the mark that was last read there, or that of a write of ours that may have landed
 * since: each write is answered before the next one is sent, or is overtaken by something newer that carries its mark.
 * A document that appears is judged by who made it. Django keeps its write ids where no client writes.
 */
function isOutdated(hub: Hub, known: SideState, observation: Observation): boolean {
  const { side, writeId } = observation;
  if (side !== "firestore" || writeId === null || known.mark === undefined) return false;
  const mayHaveLanded = [hub.out.firestore, ...(hub.lateCreates ?? [])].some((command) => command?.writeId === writeId);
  return isSameDocument(known, observation) && writeId !== known.mark && !mayHaveLanded;
}
