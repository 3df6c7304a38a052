import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { decide } from "./decide.ts";
import { evolve } from "./evolve.ts";
import type { Hub } from "./hub.ts";
import { interpret } from "./interpret.ts";
import type { Outcome } from "./outcomes.ts";
import type { Planning } from "./policy.ts";

/** A hub and all that was decided on the way to it. */
export interface Taken {
  readonly hub: Hub;
  readonly outcomes: readonly Outcome[];
}

/** Takes in one observation: each of its facts is decided on the hub as the facts before it have left it. */
export function takeIn(taken: Taken, observation: Observation, planning: Planning): Taken {
  let { hub } = taken;
  const outcomes: Outcome[] = [];
  const { incarnation } = hub.life;
  for (const fact of interpret(hub, observation, planning)) {
    // A new life has taken the record as a whole: nothing in it is an edit of the life before.
    const isNewLife = hub.life.incarnation !== incarnation;
    if (isNewLife && (fact.kind === "changed" || fact.kind === "edited")) continue;
    const decided = decide(fact, hub, planning);
    if (decided.length === 0) continue;
    hub = evolve(hub, decided);
    outcomes.push(...decided);
  }
  return { hub, outcomes: taken.outcomes.length === 0 ? outcomes : [...taken.outcomes, ...outcomes] };
}
