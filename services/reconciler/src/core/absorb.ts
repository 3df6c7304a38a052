import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Draft, SideDraft } from "./draft.ts";
import { LIFE } from "./hub.ts";
import { touch } from "./park.ts";

const NOTHING: ReadonlySet<GroupName> = new Set();

/**
 * Counts our own write into what the side was known to hold, if the observation carries its write id: what we wrote
 * is then never taken for an edit (P3). Told by the write id, never guessed from equal values.
 *
 * @returns the groups that the observation's own step wrote: a difference in one of these is the side's rewriting
 */
export function absorb(draft: Draft, side: SideDraft, observation: Observation): ReadonlySet<GroupName> {
  const inFlight = draft.out[observation.side];
  if (inFlight === undefined || observation.writeId !== inFlight.writeId) return NOTHING;
  for (const [group, value] of Object.entries(inFlight.groups)) {
    side.shadow[group] = value;
    side.seen[group] = inFlight.vers[group] ?? 0;
    const register = draft.groups[group];
    if (register !== undefined) side.stamps[group] = { changedAt: register.changedAt, actor: register.actor };
    if (register?.parked !== undefined) touch(draft, group);
  }
  if (inFlight.life !== undefined) {
    side.life = inFlight.life.state;
    side.seenLife = inFlight.life.ver;
    if (draft.life.parked !== undefined) touch(draft, LIFE);
  }
  return observation.answer?.status === "applied" ? new Set(Object.keys(inFlight.groups)) : NOTHING;
}
