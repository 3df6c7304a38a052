import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { isVersioned, lastGroup, observe } from "./observe.ts";
import { PRODUCTION } from "./planner.ts";
import { flowStep } from "./settle.ts";
import type { Content, Deployment, MapVersion, State, WorldRules } from "./state.ts";

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

/** How far the revisions have come when a backup is restored of which nobody is told. */
const AGE = 10;

/** The state that a world begins in. */
export function startOf(rules: WorldRules): State {
  const empty = emptyState(rules);
  if (rules.start === "empty") return withBackups(empty, rules);
  const record = Object.fromEntries(rules.groups.map((group) => [group, `${group}-old`]));
  const known = Object.values(record);
  const revision = empty.sides.django.revision + 1;
  const django: Content = { ...empty.sides.django, record, life: "alive", revision, created: revision, djangoId: 7, knows: known };
  const past = Object.fromEntries(known.map((id) => [id, []]));
  const map = rules.lateGroup === undefined ? undefined : "old";
  const observations = [observe("django", django, rules, { map })];
  const one: State = { ...empty, past, sides: { ...empty.sides, django }, observations };
  if (rules.start === "django-only") return withBackups(one, rules);
  const agreed = { ...settled(one, { ...rules, faults: new Set() }), commands: [], observations: [], writes: 0 };
  return withMixedMaps(withLateGroup(withBackups(agreed, rules), rules), rules);
}

function emptyState(rules: WorldRules): State {
  const isLineageKnown = rules.restores !== undefined;
  const nobody = { ...NOBODY, revision: ageOf(rules), ...(isLineageKnown && { lineage: "l1" }) };
  return {
    sides: { django: nobody, firestore: nobody },
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
    pauses: 0,
    isPaused: false,
    backups: {},
    backupsTaken: 0,
    restored: {},
    rolledBack: [],
    replacements: 0,
    tamperings: 0,
    watermark: { django: -1, firestore: -1 },
    ...(isVersioned(rules) && { deployment: everywhere(rules.lateGroup === undefined ? "new" : "old") }),
  };
}

function ageOf({ restores }: WorldRules): number {
  return Object.values(restores ?? {}).includes("unannounced") ? AGE : 0;
}

/** The backup of a restore that nobody announces is so old that its revisions do not meet those in flight. */
function withBackups(state: State, rules: WorldRules): State {
  const taken = SIDES.filter((side) => rules.restores?.[side] !== undefined).map((side) => {
    const content = state.sides[side];
    const revision = Math.max(content.revision - ageOf(rules), 0);
    const created = Math.max(content.created - ageOf(rules), 0);
    return [side, { ...content, revision, created }] as const;
  });
  return { ...state, backups: Object.fromEntries(taken) };
}

/** Both sides hold values of a group that no field map has: neither has seen the other's. */
function withLateGroup(state: State, rules: WorldRules): State {
  const { lateGroup } = rules;
  if (lateGroup === undefined) return state;
  const group = lastGroup(rules);
  const contentOf = (side: Side): Content => {
    const content = state.sides[side];
    const { [group]: _, ...record } = content.record;
    const knows = content.knows.filter((id) => id !== `${group}-old`);
    const own = `${group}-${side}`;
    if (!lateGroup.includes(side)) return { ...content, record, knows };
    return { ...content, record: { ...record, [group]: own }, knows: [...knows, own].sort() };
  };
  const { [`${group}-old`]: _, ...past } = state.past;
  const added = Object.fromEntries(lateGroup.map((side) => [`${group}-${side}`, []]));
  return { ...state, past: { ...past, ...added }, sides: { django: contentOf("django"), firestore: contentOf("firestore") } };
}

function withMixedMaps(state: State, { mixedMaps }: WorldRules): State {
  if (mixedMaps === undefined || state.deployment === undefined) return state;
  const programs = (side: Side): readonly MapVersion[] => (mixedMaps.includes(side) ? ["new", "old"] : ["new"]);
  return { ...state, deployment: { ...state.deployment, programs: { django: programs("django"), firestore: programs("firestore") } } };
}

function everywhere(map: MapVersion): Deployment {
  return { reconciler: map, programs: { django: [map], firestore: [map] } };
}

function settled(state: State, rules: WorldRules): State {
  const step = flowStep(PRODUCTION, state, rules);
  return step === undefined ? state : settled(step.state, rules);
}
