import { observe } from "./observe.ts";
import { PRODUCTION } from "./planner.ts";
import { settleStep } from "./settle.ts";
import type { Content, State, WorldRules } from "./state.ts";

const NOBODY: Content = {
  record: {},
  life: "missing",
  revision: 0,
  writeId: null,
  djangoId: null,
  created: 0,
  rejected: [],
  landed: [],
  knows: [],
};

/** The state that a world begins in. */
export function startOf(rules: WorldRules): State {
  const empty: State = {
    sides: { django: NOBODY, firestore: NOBODY },
    hub: undefined,
    observations: [],
    commands: [],
    past: {},
    removals: [],
    lost: [],
    chosen: [],
    creations: 0,
    decisions: 0,
    lifeDecisions: 0,
    writes: 0,
    watermark: { django: -1, firestore: -1 },
  };
  if (rules.start === "empty") return empty;
  const record = Object.fromEntries(rules.groups.map((group) => [group, `${group}-old`]));
  const known = Object.values(record);
  const django: Content = { ...NOBODY, record, life: "alive", revision: 1, created: 1, djangoId: 7, knows: known };
  const past = Object.fromEntries(known.map((id) => [id, []]));
  const one: State = { ...empty, past, sides: { django, firestore: NOBODY }, observations: [observe("django", django, rules)] };
  return rules.start === "django-only"
    ? one
    : { ...settled(one, { ...rules, faults: new Set() }), commands: [], observations: [], writes: 0 };
}

function settled(state: State, rules: WorldRules): State {
  const step = settleStep(PRODUCTION, state, rules);
  return step === undefined ? state : settled(step.state, rules);
}
