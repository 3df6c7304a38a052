import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Decision } from "@member-sync/reconciler/core/plan-decision.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import { expectedOf } from "@member-sync/reconciler/core/conflict.ts";
import type { Plan } from "@member-sync/reconciler/core/plan.ts";
import type { Policy } from "@member-sync/reconciler/core/policy.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hasFault } from "./appliers.ts";
import { asRead } from "./deploy.ts";
import { NOW } from "./observe.ts";
import type { Planner } from "./planner.ts";
import { policyFor } from "./policy-for.ts";
import { brokenByPlan } from "./step-checks.ts";
import { editOf, union, type State, type Step, type WorldRules } from "./state.ts";

/** Takes one observation in: load, plan and commit as one step. Sending what it calls for is a step of its own. */
export function deliverStep(planner: Planner, state: State, rules: WorldRules, observation: Observation): readonly Step[] {
  const label = `reconciler takes in ${nameOf(observation)}`;
  const read = asRead(state, observation);
  if (read === undefined) return [];
  const planned = planner.plan(state.hub, [read], policyFor(state, rules), NOW);
  if (!planned.changed) return [];
  const step = committed(state, label, planned);
  const more: Step[] = [];
  if (hasFault(rules, "send-before-commit"))
    more.push({ label: `${label}: sent, then crashed`, state: withCommands(state, planned.commands) });
  if (hasFault(rules, "never-sent-again"))
    more.push({ ...step, label: `${label}: sent`, state: withCommands(step.state, planned.commands) });
  if (hasFault(rules, "history-after-commit"))
    more.push({ ...step, label: `${label}: crashed before its history`, state: { ...step.state, lost: state.lost } });
  if (hasFault(rules, "acknowledged-before-commit"))
    more.push({ label: `${label}: acknowledged, then crashed`, state: passedOver(state, observation) });
  return [step, ...more];
}

/** Something to plan for a member whose hub is there. */
export interface Planning {
  readonly label: string;
  readonly observations: readonly Observation[];
  readonly policy: Policy;
}

/** Plans and commits as one step; nothing when it changes nothing. */
export function planStep(planner: Planner, state: State, { label, observations, policy }: Planning): readonly Step[] {
  const planned = planner.plan(state.hub, observations, policy, NOW);
  const isAnything = planned.changed && (planned.commands.length > 0 || observations.length > 0);
  return isAnything ? [committed(state, label, planned)] : [];
}

/** The second worker reads the hub now and commits later; what it planned is planned on what it read. */
export function workerSteps(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  if (rules.workers !== 2) return [];
  const { worker, ...rest } = state;
  if (worker === undefined) {
    return state.observations
      .filter((observation) => planner.plan(state.hub, [observation], policyFor(state, rules), NOW).changed)
      .map((observation) => ({
        label: `worker 2 reads the hub for ${nameOf(observation)}`,
        state: { ...state, worker: { hub: state.hub, observation } },
      }));
  }
  const label = `worker 2 commits ${nameOf(worker.observation)}`;
  const isCurrent = worker.hub?.rev === state.hub?.rev;
  if (!isCurrent && !hasFault(rules, "no-hub-compare-and-set")) return [{ label: `${label}: refused`, state: rest }];
  const planned = planner.plan(worker.hub, [worker.observation], policyFor(state, rules), NOW);
  return [committed(rest, label, planned)];
}

/** Sends what the hub holds as in flight: the publication after a commit, or the sweep's later copy of it. */
export function sendSteps(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  const { hub } = state;
  if (hub === undefined || state.isPaused || hasFault(rules, "never-sent-again")) return [];
  return SIDES.flatMap((side) => {
    const inFlight = hub.out[side];
    if (
      inFlight === undefined ||
      hub.waiting[side]?.suspended === true ||
      state.commands.some(({ writeId }) => writeId === inFlight.writeId)
    )
      return [];
    return [
      {
        label: `reconciler sends ${inFlight.writeId.split(".")[1]} to ${side}`,
        state: withCommands(state, [planner.commandOf(hub, side, inFlight)]),
      },
    ];
  });
}

/** A person looks at an open conflict, and decides on what they saw, which may be outdated by then. */
export function decisionSteps(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  const { hub } = state;
  if (hub === undefined || state.decisions >= (rules.decisions ?? 0)) return [];
  const looks = openMarks(hub).flatMap(({ group, mark }): Step[] => {
    const view = { conflictId: mark.conflictId, group, expected: expectedOf(mark), held: heldOf(hub, group) };
    return JSON.stringify(view) === JSON.stringify(state.view) ? [] : [{ label: `a person looks at ${group}`, state: { ...state, view } }];
  });
  const { view } = state;
  if (view === undefined) return looks;
  const choices: Decision["choice"][] = [{ kind: "django" }, { kind: "firestore" }];
  if (view.group !== LIFE) choices.push({ kind: "custom", value: `${view.group}hd${state.decisions + 1}` });
  return [...looks, ...choices.flatMap((choice) => decided(planner, state, hub, rules, choice))];
}

function decided(planner: Planner, state: State, hub: Hub, rules: WorldRules, choice: Decision["choice"]): readonly Step[] {
  const { view, ...rest } = state;
  if (view === undefined) return [];
  const { conflictId, group, expected } = view;
  const outcome = planner.planDecision(
    hub,
    { conflictId, group, choice, expected, actor: "admin", note: null },
    policyFor(state, rules),
    NOW,
  );
  if (typeof outcome === "string") return [];
  const label = `a person decides ${group} for ${choice.kind}`;
  const seen = SIDES.map((side) => editOf(group, hub.sides[side]?.shadow[group]));
  const known = union(seen, ...seen.map((id) => state.past[id] ?? []));
  const past = choice.kind === "custom" ? { ...state.past, [editOf(group, choice.value)]: known } : state.past;
  const chosen = choice.kind === "custom" ? state.chosen : union(state.chosen, [editOf(group, hub.sides[choice.kind]?.shadow[group])]);
  const counted = { ...rest, past, chosen, decisions: state.decisions + 1, lifeDecisions: state.lifeDecisions + (group === LIFE ? 1 : 0) };
  const step = committed(counted, label, outcome);
  const isBlind = view.held !== heldOf(hub, group);
  return [isBlind ? { ...step, broken: `a decision on ${view.held} was taken while ${heldOf(hub, group)} stood there` } : step];
}

function committed(state: State, label: string, planned: Plan): Step {
  const entries = planned.history.flatMap((record) => record.entries);
  const losers = entries.filter(({ outcome }) => outcome === "lost").map(({ group, value }) => editOf(group, value));
  const broken = brokenByPlan(state, planned);
  return { label, state: { ...state, hub: planned.hub, lost: union(state.lost, losers) }, ...(broken && { broken }) };
}

function withCommands(state: State, commands: readonly ApplyCommand[]): State {
  const fresh = commands.filter(({ writeId }) => !state.commands.some((known) => known.writeId === writeId));
  return fresh.length === 0 ? state : { ...state, commands: [...state.commands, ...fresh] };
}

function passedOver(state: State, { side, revision }: Observation): State {
  return { ...state, watermark: { ...state.watermark, [side]: Math.max(state.watermark[side], Number(revision)) } };
}

function openMarks(hub: Hub) {
  const marks = [[LIFE, hub.life.parked] as const, ...Object.entries(hub.groups).map(([group, { parked }]) => [group, parked] as const)];
  return marks.flatMap(([group, mark]) => (mark === undefined ? [] : [{ group, mark }]));
}

function heldOf(hub: Hub, group: string): string {
  const held = SIDES.map((side) =>
    group === LIFE ? (hub.sides[side]?.life === "alive" ? "alive" : "deleted") : editOf(group, hub.sides[side]?.shadow[group]),
  );
  return held.join(" and ");
}

function nameOf({ side, revision, answer, writeId, lineage, unknown }: Observation): string {
  const told = [lineage, unknown && "by the old map"].filter((word) => word !== undefined).join(", ");
  const how = answer === undefined ? (writeId?.split(".")[1] ?? "") : `answer ${answer.status} ${answer.writeId.split(".")[1]}`;
  return `${side}@${revision} ${how} ${told}`.trim();
}
