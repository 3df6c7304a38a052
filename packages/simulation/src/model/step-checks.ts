import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { Plan } from "@member-sync/reconciler/core/plan.ts";
import { editOf, knewOf, type EditId, type State } from "./state.ts";

/** Promises that one committed plan can break by itself. */
export function brokenByPlan(state: State, planned: Plan): string | undefined {
  const entries = planned.history.flatMap((record) => record.entries).filter(({ group }) => group !== LIFE);
  for (const entry of entries) {
    const broken = brokenByEntry(state, entry);
    if (broken !== undefined) return broken;
  }
  return (state.hub === undefined ? undefined : backwards(state.hub, planned.hub)) ?? parkedAndSent(planned);
}

function brokenByEntry(state: State, { group, outcome, rule, value, other }: HistoryEntry): string | undefined {
  const { past, lost, chosen } = state;
  const [own, peer] = [editOf(group, value), editOf(group, other)];
  const isAsked =
    (outcome === "parked" && rule !== "open-conflict" && rule !== "oscillation") ||
    (outcome === "lost" && rule !== "decision" && rule !== "life-ended");
  const isChosenAgain = chosen.includes(own) || chosen.includes(peer);
  if (isAsked && !isChosenAgain && (hasSeen(past, own, peer) || hasSeen(past, peer, own)))
    return `P4: ${own} and ${peer} are ordered by cause, and were taken for concurrent (${outcome} ${rule})`;
  const isReplaced = outcome === "accepted" && (rule === "newer" || rule === "first-sight") && peer in past;
  if (isReplaced && !knewOf(state, own, peer) && !lost.includes(peer))
    return `P1: ${own} was taken for newer than ${peer}, which its maker had not seen`;
  return undefined;
}

function hasSeen(past: State["past"], later: EditId, earlier: EditId): boolean {
  return past[later]?.includes(earlier) ?? false;
}

/** P8: neither hub nor shadows ever move backwards. */
function backwards(before: Hub, after: Hub): string | undefined {
  for (const side of SIDES) {
    const [from, to] = [before.sides[side]?.revision, after.sides[side]?.revision];
    if (from !== undefined && (to === undefined || compareRevisions(to, from) < 0))
      return `P8: ${side} went back from revision ${from} to ${to ?? "none"}`;
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
