import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";

/**
 * The observation with the groups that were lost with a replaced document, and are empty there still, counted as lost and
 * not as cleared: there was nothing that anybody could have cleared. Our own write may have brought them back; whatever is
 * empty after that was cleared.
 */
export function withStillMissing(hub: Hub, observation: Observation): Observation {
  const { side, writeId, record, replaced = [] } = observation;
  const { missing = [] } = hub.sides[side] ?? {};
  if (missing.length === 0 || (writeId !== null && writeId === hub.out[side]?.writeId)) return observation;
  const isMissing = (group: string) => missing.includes(group) && record[group] === null;
  const groups = Object.keys(record).filter(isMissing);
  if (groups.length === 0) return observation;
  const rest = Object.fromEntries(Object.entries(record).filter(([group]) => !isMissing(group)));
  return { ...observation, record: rest, replaced: [...new Set([...replaced, ...groups])] };
}
