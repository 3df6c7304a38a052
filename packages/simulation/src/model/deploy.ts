import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { observe } from "./observe.ts";
import type { Deployment, MapVersion, State, Step, WorldRules } from "./state.ts";

/** The programs that run on a side; one of them, whichever, does the next thing there. */
export function programsOn({ deployment }: State, side: Side): readonly (MapVersion | undefined)[] {
  return deployment?.programs[side] ?? [undefined];
}

/** The reconciler, or the programs of one side, are replaced by those with the new field map. */
export function deploySteps(state: State, rules: WorldRules): readonly Step[] {
  const { deployment } = state;
  if (deployment === undefined) return [];
  const own: readonly Step[] =
    deployment.reconciler === "new"
      ? []
      : [{ label: "the reconciler maps the group", state: { ...state, deployment: { ...deployment, reconciler: "new" } } }];
  const sides = SIDES.filter((side) => deployment.programs[side].includes("old"));
  return [...own, ...sides.map((side) => deployedOn(state, deployment, rules, side))];
}

/** After each deployment a backfill reads the side with the new map. */
function deployedOn(state: State, deployment: Deployment, rules: WorldRules, side: Side): Step {
  const only: readonly MapVersion[] = ["new"];
  const programs = { ...deployment.programs, [side]: only };
  const observations = [...state.observations, observe(side, state.sides[side], rules, { map: "new" })];
  return {
    label: `${side} runs programs with the new map only`,
    state: { ...state, deployment: { ...deployment, programs }, observations },
  };
}

/**
 * An observation as the reconciler reads it: what its producer's map does not have is unknown, unless the reconciler does
 * not map it either. `undefined`: the producer's map is newer than the reconciler's, and the message is redelivered later.
 */
export function asRead({ deployment }: State, observation: Observation): Observation | undefined {
  if (deployment === undefined || deployment.reconciler === "new") return observation;
  if (observation.unknown === undefined) return undefined;
  const { unknown: _, ...read } = observation;
  return read;
}
