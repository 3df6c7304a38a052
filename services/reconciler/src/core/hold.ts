import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import { rolledBack } from "./decide-restore.ts";
import { evolve } from "./evolve.ts";
import { holding, mergedNotes, unknownIn, withLost } from "./holding.ts";
import type { Hub, Instant, Waiting } from "./hub.ts";
import { hasOtherLineage, noveltyOf } from "./novelty.ts";
import type { Outcome } from "./outcomes.ts";
import { finish, openHub, type Plan } from "./planned.ts";
import type { Planning, Policy } from "./policy.ts";
import { takeIn, type Taken } from "./take-in.ts";

/**
 * Scheduled mode: keeps observations in the hub until the next flush, at most the newest of each side. A group keeps
 * the time at which its value was first seen, so that waiting does not make an edit look later than it was.
 */
export function hold(hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: Instant): Plan {
  const opened = openHub(hub, observations[0], { policy, now });
  const start: Taken = { hub: opened, outcomes: [] };
  const held = observations.reduce((known, observation) => holdOne(known, observation, { policy, now }), start);
  return finish({ before: hub, opened }, held, []);
}

/** The queued observations of a hub; groups mapped since count as unknown. */
export function waitingIn({ memberRef, kennitala, waiting }: Hub, policy: Pick<Policy, "fieldMap">): readonly Observation[] {
  return SIDES.flatMap((side) => {
    const held = waiting[side];
    if (held === undefined) return [];
    const { observation } = held;
    const unknown = unknownIn(held, policy);
    const id = observationId({ side, memberRef, revision: observation.revision });
    return [{ ...observation, ...(unknown.length > 0 && { unknown: [...unknown] }), id, side, memberRef, kennitala }];
  });
}

function holdOne(taken: Taken, observation: Observation, planning: Planning): Taken {
  const { hub } = taken;
  const { side } = observation;
  const novelty = noveltyOf(hub, observation, planning.policy);
  // Neither is queued: a late one is evaluated now for its notes and rejections, a suspended one waits for an operator.
  if (novelty.kind === "late" || novelty.kind === "suspended") return takeIn(taken, observation, planning);
  const waiting = hub.waiting[side];
  if (novelty.kind === "restored" && waiting?.observation.lineage !== observation.lineage) {
    // Revisions of two histories cannot be compared: the confirmed one counts.
    return takeIn(taken, observation, planning);
  }
  const isOfOtherHistory = waiting !== undefined && hasOtherLineage(waiting.observation, observation);
  if (waiting !== undefined && !isOfOtherHistory && !saysMore(observation, waiting, planning.policy))
    return { ...taken, hub: withNotes(hub, observation, waiting) };
  const lost = isOfOtherHistory ? rolledBack(hub, observation, planning.policy) : [];
  const held: Outcome = { kind: "held", side, waiting: holding(hub, observation, planning.policy) };
  return { hub: evolve(hub, [held]), outcomes: [...taken.outcomes, ...lost, held] };
}

/** Whether an observation is newer than the one that waits, or was read with groups that the reader of that one did not know. */
function saysMore(observation: Observation, waiting: Waiting, policy: Policy): boolean {
  const order = compareRevisions(observation.revision, waiting.observation.revision);
  if (order !== 0) return order > 0;
  return unknownIn(waiting, policy).some((group) => observation.unknown?.includes(group) !== true);
}

/** A superseded observation adds its notes to the queued one, and the values that it alone shows of a replaced document. */
function withNotes(hub: Hub, observation: Observation, waiting: Waiting): Hub {
  const { observation: queued, firstSeenAt } = waiting;
  const notes = mergedNotes(queued, observation);
  if (JSON.stringify(notes) === JSON.stringify(mergedNotes(queued, {}))) return hub;
  const record = withLost(queued.record, notes.replaced, observation.record);
  const lost = Object.keys(record).filter((group) => !(group in queued.record));
  const times = { ...Object.fromEntries(lost.map((group) => [group, observation.changedAt])), ...firstSeenAt };
  const merged = { ...waiting, observation: { ...queued, record, ...notes }, firstSeenAt: times };
  return evolve(hub, [{ kind: "held", side: observation.side, waiting: merged }]);
}
