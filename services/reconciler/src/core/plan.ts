import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { commandOf, emit } from "./emit.ts";
import { evolve } from "./evolve.ts";
import type { Hub, Instant } from "./hub.ts";
import { closeRetired } from "./map-in-force.ts";
import { finish, openHub, type Plan } from "./planned.ts";
import type { Planning, Policy } from "./policy.ts";
import { seenOf } from "./seen.ts";
import { takeIn, type Taken } from "./take-in.ts";

export type { Plan } from "./planned.ts";

/**
 * Plans what new observations of one member mean for both sides: each observation is interpreted as facts, each fact is
 * decided by the rules, the hub evolves by what was decided, and at the end commands are emitted for what a side has not
 * seen.
 *
 * Pure and total: equal inputs give equal plans, and no input throws. Observations must be of one member; order and
 * duplicates do not matter (P6). An edit by someone who had seen the hub's value is newer and is taken (P4); a group
 * that both sides changed, neither having seen the other, is resolved by `policy`, and is parked when the policy
 * leaves it to a person (P5). With no observations it emits what was waiting for its direction to open.
 *
 * @param hub what we knew before, or `undefined` for a member never seen (then there must be an observation)
 * @param now stamps history and new conflicts, makes write ids unique, and caps the times that sides report
 */
export function plan(hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: Instant): Plan {
  const planning: Planning = { policy, now };
  const opened = openHub(hub, observations[0], planning);
  const ended = closeRetired(opened);
  let taken: Taken = { hub: ended.length === 0 ? opened : evolve(opened, ended), outcomes: ended };
  // Each plan ends with `withSeen()`, so the first observation does not need it.
  let isFirst = true;
  for (const observation of inOrder(observations)) {
    taken = takeIn(isFirst ? taken : withSeen(taken, policy), observation, planning);
    isFirst = false;
  }
  return closePlan({ before: hub, opened }, taken, policy);
}

/** Emits the commands that the hub now calls for, and turns it all into a plan. */
export function closePlan(from: { readonly before: Hub | undefined; readonly opened: Hub }, taken: Taken, policy: Policy): Plan {
  const seen = withSeen(taken, policy).hub;
  const sent = emit(seen, policy);
  const hub = evolve(seen, sent);
  const commands = sent.map(({ side, inFlight }) => commandOf(hub, side, inFlight));
  return finish(from, { hub, outcomes: taken.outcomes }, commands);
}

/** P4: marks the hub's values as seen by each side that already holds them, so that the next edit there is newer, not concurrent. */
function withSeen(taken: Taken, policy: Policy): Taken {
  const seen = seenOf(taken.hub, policy);
  return seen.length === 0 ? taken : { hub: evolve(taken.hub, seen), outcomes: taken.outcomes };
}

function inOrder(observations: readonly Observation[]): readonly Observation[] {
  return observations.length > 1 ? observations.toSorted(bySideAndRevision) : observations;
}

/** Each side's own order is its revisions; between the sides any order will do, as long as it is always the same. */
function bySideAndRevision(a: Observation, b: Observation): number {
  if (a.side === b.side) return compareRevisions(a.revision, b.revision);
  return a.side < b.side ? -1 : 1;
}
