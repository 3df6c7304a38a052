import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { Plan } from "@member-sync/reconciler/core/plan.ts";
import { editOf, knewOf, type EditId, type State } from "./state.ts";

/** Promises that one committed plan can break by itself. */
export function brokenByPlan(state: State, planned: Plan): string | undefined {
  const entries = planned.history.flatMap((record) => record.entries);
  // After a restore nobody knows what an edit there had seen: what differs goes by policy.
  const isRestoring = entries.some(({ outcome }) => outcome === "restored");
  for (const entry of entries.filter(({ group }) => group !== LIFE)) {
    const broken = (isRestoring ? undefined : takenForConcurrent(state, entry)) ?? takenForNewer(state, entry);
    if (broken !== undefined) return broken;
  }
  const moved = state.hub === undefined ? undefined : (backwards(state.hub, planned.hub) ?? broughtBackByMember(state.hub, planned));
  return moved ?? parkedAndSent(planned) ?? sentWhileClosed(state, planned);
}

function takenForConcurrent(state: State, { group, outcome, rule, value, other }: HistoryEntry): string | undefined {
  const { past, chosen, rolledBack } = state;
  const [own, peer] = [editOf(group, value), editOf(group, other)];
  const isAsked =
    (outcome === "parked" && rule !== "open-conflict" && rule !== "oscillation") ||
    (outcome === "lost" && rule !== "decision" && rule !== "life-ended");
  const isChosenAgain = [own, peer].some((id) => chosen.includes(id) || rolledBack.includes(id));
  const isUnmarked = [own, peer].some(isOfReplacement); // the mark that says what its writer had seen went with the document
  if (!isAsked || isChosenAgain || isUnmarked) return undefined;
  const isOrdered = hasSeen(past, own, peer) || hasSeen(past, peer, own);
  return isOrdered ? `P4: ${own} and ${peer} are ordered by cause, and were taken for concurrent (${outcome} ${rule})` : undefined;
}

function takenForNewer(state: State, { group, outcome, rule, value, other }: HistoryEntry): string | undefined {
  const [own, peer] = [editOf(group, value), editOf(group, other)];
  const isReplaced = outcome === "accepted" && (rule === "newer" || rule === "first-sight") && peer in state.past;
  if (isReplaced && !knewOf(state, own, peer) && !state.lost.includes(peer))
    return `P1: ${own} was taken for newer than ${peer}, which its maker had not seen`;
  return undefined;
}

function isOfReplacement(id: EditId): boolean {
  return id[2] === "r";
}

function hasSeen(past: State["past"], later: EditId, earlier: EditId): boolean {
  return past[later]?.includes(earlier) ?? false;
}

/** P8: neither hub nor shadows ever move backwards. */
function backwards(before: Hub, after: Hub): string | undefined {
  for (const side of SIDES) {
    const [from, to] = [before.sides[side]?.revision, after.sides[side]?.revision];
    const [old, lineage] = [before.sides[side]?.lineage, after.sides[side]?.lineage];
    if (before.sides[side]?.restoredAt !== after.sides[side]?.restoredAt) continue; // confirmed by an operator
    if (old !== undefined && old !== lineage) return `P9: another history of ${side} is taken in, which nobody has confirmed`;
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
    // A value that was lost with a replaced document is written back there, also while a person is asked about it.
    const isOwn = (group: string) => hub.sides[side]?.shadow[group] === groups[group];
    const contested = Object.keys(groups).find((group) => hub.groups[group]?.parked !== undefined && !isOwn(group));
    if (contested !== undefined) return `P5: ${contested} is parked, and is sent to ${side}`;
  }
  return undefined;
}

/** P8: no member brings themselves back, only staff and decisions do. */
function broughtBackByMember(before: Hub, { hub: after, history }: Plan): string | undefined {
  const isDecided = history.some(({ entries }) => entries.some(({ group, outcome }) => group === LIFE && outcome === "decided"));
  const isBack = before.life.state === "deleted" && after.life.state === "alive";
  const isStaffs = after.life.side !== "firestore" || after.sides.django?.life === "alive";
  return isBack && !isStaffs && !isDecided ? "P8: a member who was gone brought themselves back" : undefined;
}

/** P9: nothing is emitted during a pause, nor for a side that seems to have been restored. */
function sentWhileClosed({ isPaused }: State, { hub, commands }: Plan): string | undefined {
  if (isPaused && commands.length > 0) return "P9: a command is emitted during a pause";
  const suspended = commands.find(({ side }) => hub.waiting[side]?.suspended === true);
  return suspended === undefined ? undefined : `P9: a command is emitted for ${suspended.side}, whose restore nobody has confirmed`;
}
