import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import { evolve } from "./evolve.ts";
import { holding, mergedNotes } from "./holding.ts";
import type { Hub, Instant, Waiting } from "./hub.ts";
import { noveltyOf } from "./novelty.ts";
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

/** What waits in a hub, as it was reported. */
export function waitingIn({ memberRef, kennitala, waiting }: Hub): readonly Observation[] {
  return SIDES.flatMap((side) => {
    const held = waiting[side]?.observation;
    return held === undefined
      ? []
      : [{ ...held, id: observationId({ side, memberRef, revision: held.revision }), side, memberRef, kennitala }];
  });
}

function holdOne(taken: Taken, observation: Observation, planning: Planning): Taken {
  const { hub } = taken;
  const { side } = observation;
  const novelty = noveltyOf(hub, observation, planning.policy);
  // Neither calls for a command: the one is at most noted, the other waits for an operator.
  if (novelty.kind === "late" || novelty.kind === "suspended") return takeIn(taken, observation, planning);
  const waiting = hub.waiting[side];
  if (novelty.kind === "restored" && waiting?.observation.lineage !== observation.lineage) {
    // Revisions of two histories cannot be compared: the confirmed one counts.
    return takeIn(taken, observation, planning);
  }
  const isNewest = waiting === undefined || compareRevisions(observation.revision, waiting.observation.revision) > 0;
  if (!isNewest) return { ...taken, hub: withNotes(hub, observation, waiting) };
  return { ...taken, hub: evolve(hub, [{ kind: "held", side, waiting: holding(hub, observation, planning.policy) }]) };
}

/** An observation that another one has overtaken in the hub leaves its notes there. */
function withNotes(hub: Hub, observation: Observation, waiting: Waiting): Hub {
  const notes = mergedNotes(waiting.observation, observation);
  if (JSON.stringify(notes) === JSON.stringify(mergedNotes(waiting.observation, {}))) return hub;
  const merged = { ...waiting, observation: { ...waiting.observation, ...notes } };
  return evolve(hub, [{ kind: "held", side: observation.side, waiting: merged }]);
}
