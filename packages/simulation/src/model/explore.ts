import { applySteps, hasFault, stands } from "./appliers.ts";
import { deploySteps } from "./deploy.ts";
import { keyOf } from "./key.ts";
import { pauseSteps, releaseSteps } from "./pause.ts";
import { peopleSteps } from "./people.ts";
import type { Planner } from "./planner.ts";
import { decisionSteps, deliverStep, sendSteps, workerSteps } from "./reconcile.ts";
import { brokenAtRest } from "./rest-checks.ts";
import { confirmSteps, restoreSteps, waitingSteps } from "./restore.ts";
import { isReadable, settleStep } from "./settle.ts";
import { startOf } from "./start.ts";
import type { State, Step, WorldRules } from "./state.ts";
import { calledInSync } from "./sync-checks.ts";

/** What an exploration came to. */
export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** Whether every reachable state was visited; otherwise the limit came first. */
  readonly isComplete: boolean;
  readonly broken?: { readonly promise: string; readonly trace: readonly string[] };
}

interface Node {
  readonly state: State;
  readonly from?: Node;
  readonly label: string;
}

const LONGEST_SETTLING = 80;

/** Visits every state that the world can reach, breadth first, so that the first broken promise has the shortest trace. */
export function explore(planner: Planner, rules: WorldRules, limit: number): Exploration {
  const visited = new Set<string>();
  const atRest = new Set<string>();
  let frontier: Node[] = [{ state: startOf(rules), label: "start" }];
  let steps = 0;
  while (frontier.length > 0) {
    const next: Node[] = [];
    for (const node of frontier) {
      const failure = settleFrom(planner, node.state, rules, atRest);
      if (failure !== undefined)
        return {
          states: visited.size,
          steps,
          isComplete: false,
          broken: { promise: failure.promise, trace: [...traceOf(node), ...failure.trace] },
        };
      for (const step of stepsFrom(planner, node.state, rules)) {
        steps += 1;
        const reached: Node = { state: pruned(step.state, rules), from: node, label: step.label };
        if (step.broken !== undefined)
          return { states: visited.size, steps, isComplete: false, broken: { promise: step.broken, trace: traceOf(reached) } };
        const key = keyOf(reached.state);
        if (visited.has(key)) continue;
        visited.add(key);
        if (visited.size >= limit) return { states: visited.size, steps, isComplete: false };
        next.push(reached);
      }
    }
    frontier = next;
  }
  return { states: visited.size, steps, isComplete: true };
}

function stepsFrom(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  return [
    ...peopleSteps(state, rules),
    ...sendSteps(planner, state, rules),
    ...state.commands.flatMap((command) => applySteps(state, rules, command)),
    ...state.observations
      .filter(({ revision, side }) => isReadable(state, rules, revision, side))
      .flatMap((observation) => deliverStep(planner, state, rules, observation)),
    ...workerSteps(planner, state, rules),
    ...decisionSteps(planner, state, rules),
    ...pauseSteps(state, rules),
    ...releaseSteps(planner, state, rules),
    ...deploySteps(state, rules),
    ...restoreSteps(state, rules),
    ...confirmSteps(state),
    ...waitingSteps(planner, state, rules),
    ...(hasFault(rules, "watermark-on-time") ? failedFetch(state) : []),
  ];
}

/** Lets a world come to rest by itself and looks at it there. States from which that is known to end well are remembered. */
function settleFrom(planner: Planner, state: State, rules: WorldRules, atRest: Set<string>) {
  const path: string[] = [];
  const trace: string[] = [];
  let current = state;
  for (let count = 0; count < LONGEST_SETTLING; count += 1) {
    const key = keyOf(current);
    if (atRest.has(key)) break;
    path.push(key);
    const misjudged = calledInSync(planner, current);
    if (misjudged !== undefined) return { promise: misjudged, trace };
    const step = settleStep(planner, current, rules);
    if (step?.broken !== undefined) return { promise: step.broken, trace: [...trace, step.label] };
    if (step === undefined) {
      const promise = brokenAtRest(planner, current, rules);
      if (promise !== undefined) return { promise, trace: [...trace, "nothing moves any more"] };
      break;
    }
    trace.push(`… ${step.label}`);
    if (count === LONGEST_SETTLING - 1) return { promise: "P3: it never comes to rest", trace };
    current = pruned(step.state, rules);
  }
  for (const key of path) atRest.add(key);
  return undefined;
}

/** Forgets messages that can do nothing any more, whatever comes: an older state of a side, a command that cannot land. */
function pruned(state: State, rules: WorldRules): State {
  if (rules.isPruned === false) return state;
  const { hub } = state;
  const current = new Set([hub?.out.django?.writeId, hub?.out.firestore?.writeId]);
  const observations = state.observations.filter((observation) => {
    const known = hub?.sides[observation.side];
    const { revision, answer, lineage, unknown } = observation;
    if (known === undefined || Number(revision) > Number(known.revision)) return true;
    if (answer !== undefined && current.has(answer.writeId)) return true;
    const isReread = state.deployment !== undefined && unknown === undefined && revision === known.revision;
    return isReread || (lineage !== known.lineage && !isEnded(state, observation));
  });
  const commands = state.commands.filter((command) => current.has(command.writeId) || mayLand(state, rules, command));
  return { ...state, observations, commands };
}

function isEnded({ restored }: State, { side, lineage }: State["observations"][number]): boolean {
  return restored[side] === "confirmed" && lineage === "l1";
}

function mayLand(state: State, rules: WorldRules, command: State["commands"][number]): boolean {
  const content = state.sides[command.side];
  if (rules.restores?.[command.side] === "unannounced" && state.restored[command.side] !== "confirmed") return true;
  if (command.lineage !== undefined && command.lineage !== content.lineage) return false;
  return (
    stands(content, command, rules) ||
    (command.side === "firestore" && command.expectRevision === null && !content.landed.includes(command.writeId))
  );
}

function failedFetch(state: State): readonly Step[] {
  return (["django", "firestore"] as const)
    .filter((side) => state.watermark[side] < state.sides[side].revision)
    .map((side) => ({
      label: `fetching from ${side} fails, its watermark moves`,
      state: { ...state, watermark: { ...state.watermark, [side]: state.sides[side].revision } },
    }));
}

function traceOf(node: Node): readonly string[] {
  return node.from === undefined ? [] : [...traceOf(node.from), node.label];
}
