import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import { firstSeenAt, heldBy, hubOf, isSame, openDraft, type Draft } from "./draft.ts";
import type { Hub, Instant, Waiting } from "./hub.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";

/**
 * Scheduled mode: keeps observations in the hub until the next flush, at most the newest of each side. A group keeps
 * the time at which its value was first seen, so that waiting does not make an edit look later than it was.
 */
export function hold(hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: Instant): Plan {
  const draft = openDraft(hub, observations[0], policy, now);
  for (const observation of observations) holdOne(draft, observation);
  return { hub: hubOf(draft), changed: draft.changed, commands: [], conflicts: [], history: [] };
}

/** What waits in a hub, as it was told. */
export function waitingIn({ memberRef, kennitala, waiting }: Hub): readonly Observation[] {
  return SIDES.flatMap((side) => {
    const held = waiting[side]?.observation;
    return held === undefined
      ? []
      : [{ ...held, id: observationId({ side, memberRef, revision: held.revision }), side, memberRef, kennitala }];
  });
}

function holdOne(draft: Draft, observation: Observation): void {
  const known = draft.sides[observation.side]?.revision;
  const newest = draft.waiting[observation.side]?.observation.revision ?? known;
  if (newest !== undefined && compareRevisions(observation.revision, newest) <= 0) return;
  const { id: _id, side, memberRef: _ref, kennitala: _kennitala, changed: _forPeople, ...held } = observation;
  draft.waiting[side] = { observation: held, firstSeenAt: firstSeen(draft, observation) };
  draft.changed = true;
}

function firstSeen(draft: Draft, observation: Observation): Waiting["firstSeenAt"] {
  const side = draft.sides[observation.side];
  const times: Record<string, Instant> = {};
  for (const [group, value] of Object.entries(observation.record)) {
    if (!isSame(draft, group, value, heldBy(side, group))) times[group] = firstSeenAt(draft, observation, group, value);
  }
  return times;
}
