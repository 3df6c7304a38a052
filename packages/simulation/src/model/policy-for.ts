import type { MapInForce, Policy, Restore } from "@member-sync/reconciler/core/policy.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { lastGroup } from "./observe.ts";
import type { State, WorldRules } from "./state.ts";

/** The rules that the planner is called with as things stand. */
export function policyFor(state: State, rules: WorldRules): Policy {
  const kinds = {
    park: { kind: "manual" },
    lww: { kind: "lww", windowMs: 1 },
    "owner-django": { kind: "owner", side: "django" },
    "owner-firestore": { kind: "owner", side: "firestore" },
  } as const;
  const rule = kinds[rules.policy ?? "park"];
  const fieldMap = mapInForce(state, rules);
  const [django, firestore] = [restoreOf(state, "django"), restoreOf(state, "firestore")];
  return {
    groups: Object.fromEntries(rules.groups.map((group) => [group, rule])),
    firestoreDelete: rules.firestoreDelete ?? "review",
    maxBounces: 3,
    clockUncertaintyMs: 0,
    direction: "both",
    paused: state.isPaused,
    same: (_, a, b) => (a ?? null) === (b ?? null),
    ...(fieldMap && { fieldMap }),
    ...((django ?? firestore) && { restores: { ...(django && { django }), ...(firestore && { firestore }) } }),
  };
}

function mapInForce({ deployment }: State, rules: WorldRules): MapInForce | undefined {
  if (deployment === undefined) return undefined;
  const { reconciler } = deployment;
  const own = reconciler === "new" ? rules.groups : rules.groups.slice(0, -1);
  return {
    id: reconciler,
    newSince: (id) => (id === undefined ? own : id === "old" && reconciler === "new" ? [lastGroup(rules)] : []),
    maps: (group) => own.includes(group),
  };
}

function restoreOf({ restored }: State, side: Side): Restore | undefined {
  return restored[side] === "confirmed" ? { lineage: "l2", ended: ["l1"], confirmedAt: 1 } : undefined;
}
