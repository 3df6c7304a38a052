import type { Planner } from "./planner.ts";
import { policyFor } from "./policy-for.ts";
import { planStep } from "./reconcile.ts";
import type { State, Step, WorldRules } from "./state.ts";

/** An operator pauses the sync, or ends the pause. */
export function pauseSteps(state: State, rules: WorldRules): readonly Step[] {
  if (state.isPaused) return resumeSteps(state);
  if (state.pauses >= (rules.pauses ?? 0)) return [];
  return [{ label: "an operator pauses the sync", state: { ...state, isPaused: true, pauses: state.pauses + 1 } }];
}

export function resumeSteps(state: State): readonly Step[] {
  return state.isPaused ? [{ label: "an operator ends the pause", state: { ...state, isPaused: false } }] : [];
}

/** The sweep emits what was waiting for the pause to end. */
export function releaseSteps(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  if (state.hub === undefined || state.isPaused || state.pauses === 0) return [];
  return planStep(planner, state, { label: "the sweep releases", observations: [], policy: policyFor(state, rules) });
}
