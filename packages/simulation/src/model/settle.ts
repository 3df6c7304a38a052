import { SIDES } from "@member-sync/shared/member/side.ts";
import { applyStep, hasFault } from "./appliers.ts";
import type { Planner } from "./planner.ts";
import { deliverStep, sendSteps, workerSteps } from "./reconcile.ts";
import type { State, Step, WorldRules } from "./state.ts";

/**
 * The next step of a fair run in which people are done: everything newer is taken in, everything in flight is sent
 * again and answered. `undefined`: nothing moves any more.
 */
export function settleStep(planner: Planner, state: State, rules: WorldRules): Step | undefined {
  if (state.worker !== undefined) return workerSteps(planner, state, rules)[0];
  for (const side of SIDES) {
    const current = state.observations.filter(
      (one) => one.side === side && isReadable(state, rules, one.revision, side) && Number(one.revision) === state.sides[side].revision,
    );
    for (const observation of current.toReversed()) {
      const [step] = deliverStep(planner, state, rules, observation);
      if (step !== undefined) return step;
    }
  }
  const [send] = sendSteps(planner, state, rules);
  if (send !== undefined) return send;
  for (const command of state.commands) {
    if (state.hub?.out[command.side]?.writeId !== command.writeId) continue;
    const step = applyStep(state, rules, command);
    if (step.state.observations.length !== state.observations.length || step.state.writes !== state.writes) return step;
  }
  return undefined;
}

export function isReadable(state: State, rules: WorldRules, revision: string, side: "django" | "firestore"): boolean {
  if (!hasFault(rules, "acknowledged-before-commit") && !hasFault(rules, "watermark-on-time")) return true;
  return Number(revision) > state.watermark[side];
}
