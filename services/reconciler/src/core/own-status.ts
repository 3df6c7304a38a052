import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";

/** Stands for the status among the protected paths that do not hold what we wrote. */
export const OWN_STATUS = "own-status";

/**
 * The observation of a document that a client made inactive, while the member was deleted elsewhere. Only we write the
 * status, so it does not show that anybody there knew of the deletion: the document counts as active until our own
 * command has made it inactive.
 */
export function withOwnStatus(hub: Hub, observation: Observation): Observation {
  if (observation.side !== "firestore" || observation.life !== "deleted" || hub.life.state !== "deleted") return observation;
  const inFlight = hub.out.firestore;
  const isLanded = inFlight !== undefined && [observation.writeId, observation.answer?.writeId].includes(inFlight.writeId);
  const written = (isLanded ? inFlight.life?.state : undefined) ?? hub.sides.firestore?.life;
  if (written !== "alive") return observation;
  return { ...observation, life: "alive", tampered: [...(observation.tampered ?? []), OWN_STATUS] };
}
