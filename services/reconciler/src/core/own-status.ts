import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub, InFlight, SideState } from "./hub.ts";

/** Stands for the status among the protected paths that do not hold what we wrote. */
export const OWN_STATUS = "own-status";

/** Where a document tells since when its member is inactive. Any time there looks like one of ours: only its change tells. */
const DELETED_AT = "metadata.deleted_at";

/**
 * The observation of a document whose status a client changed. Only we write the status, so it says nothing of the member's
 * life: it neither ends nor revives anybody, nor answers what people are asked about the member (P8). The document counts as
 * we left it, and the next command writes its status anew. A document that was removed, or another one in its place, is
 * somebody's word.
 */
export function withOwnStatus(hub: Hub, observation: Observation): Observation {
  if (observation.side !== "firestore" || observation.life === "missing") return observation;
  const known = knownDocument(hub, observation);
  const landed = landedIn(hub, observation);
  const life = landed?.life?.state ?? known?.life;
  const isAsLeft = observation.life === life && (known === undefined || !isOtherTime(known, observation, landed));
  if (life === undefined || isAsLeft) return observation;
  return { ...observation, life, tampered: [...(observation.tampered ?? []), OWN_STATUS] };
}

/** What we know of the very document that was read. */
function knownDocument({ sides: { firestore: known } }: Hub, { created }: Observation): SideState | undefined {
  if (known === undefined || known.life === "missing") return undefined;
  const isAnother = known.created !== undefined && created !== undefined && created !== known.created;
  return isAnother ? undefined : known;
}

/** The command in flight, where the document shows that it has been written. */
function landedIn({ out }: Hub, { writeId, answer }: Observation): InFlight | undefined {
  const isLanded = out.firestore?.writeId === writeId || (answer?.status === "applied" && out.firestore?.writeId === answer.writeId);
  return isLanded ? out.firestore : undefined;
}

/** A client gave an inactive document another time, now or before, and no write of ours has put it back since. */
function isOtherTime({ tampered = [] }: SideState, { life, refused = [] }: Observation, landed: InFlight | undefined): boolean {
  const isPutBack = landed?.life !== undefined;
  return life === "deleted" && (refused.includes(DELETED_AT) || (tampered.includes(OWN_STATUS) && !isPutBack));
}
