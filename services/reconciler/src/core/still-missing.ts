import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";
import { isAnotherMember } from "./reading.ts";

/**
 * The observation with the groups that were lost with a replaced document, and are still empty, counted as lost and not as
 * cleared: there was nothing that anybody could have cleared. Only our own write of that very group can have brought it
 * back: a group that is empty after such a write was cleared. Any other write of ours restores the mark alone.
 */
export function withStillMissing(hub: Hub, observation: Observation): Observation {
  const { side, record, replaced = [] } = observation;
  const known = hub.sides[side];
  const missing = known?.missing ?? [];
  if (missing.length === 0 || isAnotherMember(known, observation)) return observation;
  const written = writtenIn(hub, observation);
  const isMissing = (group: string) => missing.includes(group) && record[group] === null && !written.includes(group);
  const groups = Object.keys(record).filter(isMissing);
  if (groups.length === 0) return observation;
  const rest = Object.fromEntries(Object.entries(record).filter(([group]) => !isMissing(group)));
  return { ...observation, record: rest, replaced: [...new Set([...replaced, ...groups])] };
}

/** The groups that our command in flight has written, where the observation shows that it landed. */
function writtenIn({ out }: Hub, { side, writeId, answer, rejected }: Observation): readonly GroupName[] {
  const inFlight = out[side];
  if (inFlight === undefined || inFlight.writeId !== writeId) return [];
  const leftOut = { ...rejected, ...answer?.rejected };
  return Object.keys(inFlight.groups).filter((group) => !(group in leftOut));
}
