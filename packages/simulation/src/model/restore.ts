import { waitingIn } from "@member-sync/reconciler/core/hold.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { observe } from "./observe.ts";
import type { Planner } from "./planner.ts";
import { policyFor } from "./policy-for.ts";
import { planStep } from "./reconcile.ts";
import { editOf, union, type Content, type State, type Step, type WorldRules } from "./state.ts";

/** A side goes back to its backup: announced at once by a new lineage, or found out only later. */
export function restoreSteps(state: State, rules: WorldRules): readonly Step[] {
  return SIDES.flatMap((side) => [...backup(state, rules, side), ...restore(state, rules, side), ...announce(state, rules, side)]);
}

/** An operator confirms a restore that was announced. */
export function confirmSteps(state: State): readonly Step[] {
  return SIDES.filter((side) => state.restored[side] === "announced").map((side) => ({
    label: `an operator confirms the restore of ${side}`,
    state: { ...state, restored: { ...state.restored, [side]: "confirmed" } },
  }));
}

/** Somebody finds out that a side was restored, and renews its lineage; its content is reported anew. */
export function announce(state: State, rules: WorldRules, side: Side): readonly Step[] {
  if (state.restored[side] !== "unannounced") return [];
  const content = { ...state.sides[side], lineage: "l2" };
  const told = observationsOf({ ...state, sides: { ...state.sides, [side]: content } }, rules, side);
  const restored = { ...state.restored, [side]: "announced" } as const;
  return [{ label: `the restore of ${side} is announced`, state: { ...told, restored } }];
}

/** The sweep plans what waits in the hub for an operator, once they have confirmed. */
export function waitingSteps(planner: Planner, state: State, rules: WorldRules): readonly Step[] {
  const { hub } = state;
  if (hub === undefined) return [];
  const waiting = waitingIn(hub, policyFor(state, rules));
  if (waiting.length === 0) return [];
  return planStep(planner, state, { label: "the sweep plans what waits", observations: waiting, policy: policyFor(state, rules) });
}

function backup(state: State, rules: WorldRules, side: Side): readonly Step[] {
  if (rules.restores?.[side] !== "announced" || state.restored[side] !== undefined) return [];
  if (state.backupsTaken >= (rules.backups ?? 0)) return [];
  const backups = { ...state.backups, [side]: state.sides[side] };
  return [{ label: `a backup of ${side} is taken`, state: { ...state, backups, backupsTaken: state.backupsTaken + 1 } }];
}

function restore(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const stage = rules.restores?.[side];
  const kept = state.backups[side];
  if (stage === undefined || kept === undefined || state.restored[side] !== undefined) return [];
  const content = broughtBack(state.sides[side], kept, rules);
  const values = Object.entries(content.record).map(([group, value]) => editOf(group, value));
  const other = state.sides[side === "django" ? "firestore" : "django"];
  const gone = state.sides[side].knows.filter((id) => !content.knows.includes(id) && !other.knows.includes(id));
  const next: State = {
    ...state,
    sides: { ...state.sides, [side]: stage === "announced" ? { ...content, lineage: "l2" } : content },
    restored: { ...state.restored, [side]: stage },
    rolledBack: union(state.rolledBack, gone),
    chosen: union(state.chosen, values),
  };
  return [{ label: `${side} is restored from its backup`, state: observationsOf(next, rules, side) }];
}

/** Django's revisions are in its database and go back with it; Firestore's are times, and each write gets a later one. */
function broughtBack(content: Content, kept: Content, rules: WorldRules): Content {
  if (rules.countsOnAfterRestore !== true) return kept;
  const revision = content.revision + 1;
  return { ...kept, revision, created: kept.life === "missing" ? kept.created : revision };
}

function observationsOf(state: State, rules: WorldRules, side: Side): State {
  const content = state.sides[side];
  // Nobody reports who is not there, unless asked; Django keeps the revision of a removal and reports that.
  const isAsked = content.life === "missing" && (side === "firestore" || content.revision === 0);
  const answer = { writeId: "look", status: "stale" } as const;
  return { ...state, observations: [...state.observations, observe(side, content, rules, isAsked ? { answer } : {})] };
}
