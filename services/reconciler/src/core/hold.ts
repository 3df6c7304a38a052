import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hubOf, isSame, openDraft, type Draft } from "./draft.ts";
import type { Hub, Instant, Waiting } from "./hub.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";

/**
 * Scheduled mode: keeps observations in the hub until the next flush, at most the newest of each side. A group keeps
 * the time at which its value was first seen, so that waiting does not make an edit look later than it was.
 */
export function hold(hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: Instant): Plan {
  const [first] = observations;
  const draft = openDraft(hub, hub ?? first ?? { memberRef: "", kennitala: "" }, policy, now);
  for (const observation of observations) holdOne(draft, observation);
  return { hub: hubOf(draft), changed: draft.changed, commands: [], conflicts: [], history: [] };
}

function holdOne(draft: Draft, observation: Observation): void {
  const known = draft.sides[observation.side]?.revision;
  const waiting = draft.waiting[observation.side];
  const newest = waiting?.observation.revision ?? known;
  if (newest !== undefined && compareRevisions(observation.revision, newest) <= 0) return;
  draft.waiting[observation.side] = { observation, firstSeenAt: firstSeen(draft, observation, waiting) };
  draft.changed = true;
}

function firstSeen(draft: Draft, observation: Observation, waiting: Waiting | undefined): Waiting["firstSeenAt"] {
  const shadow = draft.sides[observation.side]?.shadow ?? {};
  const times: Record<string, Instant> = {};
  for (const [group, value] of Object.entries(observation.record)) {
    if (isSame(draft, group, value, shadow[group])) continue;
    const hasWaited = waiting !== undefined && isSame(draft, group, waiting.observation.record[group], value);
    times[group] = (hasWaited ? waiting.firstSeenAt[group] : undefined) ?? observation.changedAt;
  }
  return times;
}
