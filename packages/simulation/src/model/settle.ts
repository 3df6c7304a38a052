import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { applySteps, hasFault } from "./appliers.ts";
import { deploySteps } from "./deploy.ts";
import { releaseSteps, resumeSteps } from "./pause.ts";
import type { Planner } from "./planner.ts";
import { announce, confirmSteps, waitingSteps } from "./restore.ts";
import { deliverStep, sendSteps, workerSteps } from "./reconcile.ts";
import type { State, Step, WorldRules } from "./state.ts";

/**
 * The next step of a fair run in which people are done: messages flow until none is left; then whoever began something
 * brings it to its end. `undefined`: nothing moves any more.
 */
export function settleStep(planner: Planner, state: State, rules: WorldRules): Step | undefined {
  return flowStep(planner, state, rules) ?? endStep(planner, state, rules);
}

/** Everything newer is taken in, everything in flight is sent again and answered. */
export function flowStep(planner: Planner, state: State, rules: WorldRules): Step | undefined {
  if (state.worker !== undefined) return workerSteps(planner, state, rules)[0];
  for (const side of SIDES) {
    const current = state.observations.filter((one) => isCurrent(state, rules, one, side));
    for (const observation of current.toReversed()) {
      const [step] = deliverStep(planner, state, rules, observation);
      if (step !== undefined) return step;
    }
  }
  const [send] = sendSteps(planner, state, rules);
  if (send !== undefined) return send;
  for (const command of state.commands) {
    if (state.hub?.out[command.side]?.writeId !== command.writeId) continue;
    for (const step of applySteps(state, rules, command)) {
      if (step.state.observations.length !== state.observations.length || step.state.writes !== state.writes) return step;
    }
  }
  return undefined;
}

/** A pause ends, a deployment is completed, a restore is announced and confirmed; nothing of it is left out for ever. */
function endStep(planner: Planner, state: State, rules: WorldRules): Step | undefined {
  const steps = [
    resumeSteps(state),
    releaseSteps(planner, state, rules),
    deploySteps(state, rules),
    SIDES.flatMap((side) => announcedAtLast(state, rules, side)),
    confirmSteps(state),
    waitingSteps(planner, state, rules),
  ];
  return steps.flat()[0];
}

/** P9: what goes to a side that was restored unannounced is answered, and the answer shows it: nothing is sent there for ever. */
function announcedAtLast(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const isUnanswered = state.hub?.out[side] !== undefined && state.hub.waiting[side] === undefined;
  const broken = `P9: a command for ${side}, which was restored, stays in flight`;
  return announce(state, rules, side).map((step) => (isUnanswered ? { ...step, broken } : step));
}

function isCurrent(state: State, rules: WorldRules, { side, revision, lineage }: Observation, of: Side): boolean {
  const content = state.sides[of];
  return side === of && isReadable(state, rules, revision, side) && Number(revision) === content.revision && lineage === content.lineage;
}

export function isReadable(state: State, rules: WorldRules, revision: string, side: "django" | "firestore"): boolean {
  if (!hasFault(rules, "acknowledged-before-commit") && !hasFault(rules, "watermark-on-time")) return true;
  return Number(revision) > state.watermark[side];
}
