import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { Plan } from "@member-sync/reconciler/core/plan.ts";
import { editOf, type EditId, type State, type WorldRules } from "./state.ts";

/** Promises that one committed plan can break by itself. */
export function brokenByPlan(state: State, before: Hub | undefined, planned: Plan, rules: WorldRules): string | undefined {
  const entries = planned.history.flatMap((record) => record.entries).filter(({ group }) => group !== LIFE);
  for (const entry of entries) {
    const broken = brokenByEntry(state, entry);
    if (broken !== undefined) return broken;
  }
  if (rules.workers !== 2 && before !== undefined) return backwards(before, planned.hub);
  return parkedAndSent(planned);
}

function brokenByEntry({ past, lost }: State, { group, outcome, rule, value, other }: HistoryEntry): string | undefined {
  const [own, peer] = [editOf(group, value), editOf(group, other)];
  const isAsked = (outcome === "parked" && rule !== "open-conflict" && rule !== "oscillation") || (outcome === "lost" && rule !== "decision");
  if (isAsked && (hasSeen(past, own, peer) || hasSeen(past, peer, own))) return `P4: ${own} and ${peer} are ordered by cause, and were taken for concurrent (${outcome} ${rule})`;
  const isReplaced = outcome === "accepted" && (rule === "newer" || rule === "first-sight") && peer in past;
  if (isReplaced && !hasSeen(past, own, peer) && !lost.includes(peer)) return `P1: ${own} was taken for newer than ${peer}, which its maker had not seen`;
  return undefined;
}

/** Directly, or by knowing of the removal that ended it. */
function hasSeen(past: State["past"], later: EditId, earlier: EditId): boolean {
  const known = past[later] ?? [];
  return known.includes(earlier) || known.some((id) => id in past && past[id]?.includes(earlier) && !(id.slice(0, 1) === earlier.slice(0, 1)));
}

/** P8: neither hub nor shadows ever move backwards. */
function backwards(before: Hub, after: Hub): string | undefined {
  for (const side of SIDES) {
    const [from, to] = [before.sides[side]?.revision, after.sides[side]?.revision];
    if (from !== undefined && (to === undefined || compareRevisions(to, from) < 0)) return `P8: ${side} went back from revision ${from} to ${to ?? "none"}`;
  }
  for (const [group, { ver }] of Object.entries(before.groups)) {
    if ((after.groups[group]?.ver ?? -1) < ver) return `P8: ${group} went back from version ${ver}`;
  }
  return after.life.ver < before.life.ver ? "P8: the life register went back" : undefined;
}

function parkedAndSent({ hub, commands }: Plan): string | undefined {
  for (const { side, groups } of commands) {
    const contested = Object.keys(groups).find((group) => hub.groups[group]?.parked !== undefined);
    if (contested !== undefined) return `P5: ${contested} is parked, and is sent to ${side}`;
  }
  return undefined;
}
