import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { contender } from "./conflict.ts";
import type { FactOf } from "./facts.ts";
import { holding } from "./holding.ts";
import { LIFE, type Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { move } from "./park.ts";
import type { Policy } from "./policy.ts";
import { isSuspended, registerOf } from "./read-hub.ts";

/**
 * The side seems to have been restored from a backup: its newest word waits in the hub, and nothing is sent there. What
 * was in flight stays known until an operator confirms it, so that its echo is known for ours.
 */
export function decideSuspended(hub: Hub, observation: Observation, policy: Policy): readonly Outcome[] {
  const { side } = observation;
  const held = hub.waiting[side]?.observation;
  const isNewer =
    held === undefined ||
    !isSuspended(hub, side) ||
    held.lineage !== observation.lineage ||
    compareRevisions(observation.revision, held.revision) > 0;
  if (!isNewer) return [];
  const waiting = { ...holding(hub, observation, policy), suspended: true } as const;
  const told = isSuspended(hub, side) ? [] : [restoreEntry(hub, observation, "suspended")];
  return [...rolledBack(hub, observation, policy), { kind: "held", side, waiting }, ...told];
}

/** What waited of a side's history before its restore never comes to be: its edits are lost, and the history says so (P1). */
export function decideOvertaken(hub: Hub, { side, lineage }: Observation, policy: Policy): readonly Outcome[] {
  const isEnded = lineage !== undefined && policy.restores?.[side]?.ended.includes(lineage) === true;
  return [...(isEnded ? rolledBack(hub, { side, record: {} }, policy) : []), { kind: "wait-over", side }];
}

/** The edits that wait in the hub since before their side was restored, and that are not in what is read in their place. */
export function rolledBack(hub: Hub, now: Pick<Observation, "side" | "record" | "lineage">, policy: Policy): readonly Outcome[] {
  const { side } = now;
  const wait = hub.waiting[side];
  if (wait === undefined || (wait.suspended === true && wait.observation.lineage === now.lineage)) return [];
  const { record, actor } = wait.observation;
  return Object.entries(record).flatMap(([group, value]): readonly Outcome[] => {
    const changedAt = wait.firstSeenAt[group];
    if (changedAt === undefined || policy.same(group, value, now.record[group])) return [];
    const { value: other, ver } = registerOf(hub, group);
    return [{ kind: "entry", entry: { group, outcome: "lost", side, actor, changedAt, value, other, ver, rule: "side-restored" } }];
  });
}

/** An operator has confirmed the restore: what we knew of the side no longer holds, and what differs goes by policy. */
export function decideRestored({ observation, restore }: FactOf<"restored">, hub: Hub, policy: Policy): readonly Outcome[] {
  return [
    ...rolledBack(hub, observation, policy),
    ...lostToConflicts(hub, observation, policy),
    { kind: "side-restored", observation, restore },
    restoreEntry(hub, observation, "restored"),
    ...Object.keys(hub.groups).flatMap((group) => move(hub, group)),
  ];
}

/**
 * Values that the side held in open conflicts, or in a new document that waits for a person, and no longer holds: nobody is
 * asked about them any more.
 */
function lostToConflicts(hub: Hub, { side, record }: Observation, policy: Policy): readonly Outcome[] {
  const aside = setAsideOn(hub, side);
  return [...new Set([...Object.keys(hub.groups), ...aside])].flatMap((group): readonly Outcome[] => {
    const { parked, value: other, ver } = registerOf(hub, group);
    // A rejected value is the hub's own: the decision, or what is read in its place, accounts for it.
    const isAsked = parked === undefined ? aside.includes(group) : parked.cause !== "rejected";
    if (!isAsked) return [];
    const held = contender(hub, side, group);
    if (policy.same(group, held.value, record[group])) return [];
    return [{ kind: "entry", entry: { group, outcome: "lost", side, ...held, other, ver, rule: "side-restored" } }];
  });
}

/** Whether the agreed value was given before an operator confirmed a restore: if no side holds it now, the restore undid it. */
export function isFromBeforeRestore(hub: Hub, group: string): boolean {
  const { changedAt } = registerOf(hub, group);
  return SIDES.some((side) => {
    const restoredAt = hub.sides[side]?.restoredAt;
    return restoredAt !== undefined && restoredAt >= changedAt;
  });
}

/** The groups that a new document of a deleted member has, while a person is asked about it. */
function setAsideOn({ life, sides: { firestore } }: Hub, side: Side): readonly string[] {
  if (side !== "firestore" || firestore === undefined || life.parked?.cause !== "recreated") return [];
  return Object.keys(firestore.shadow).filter((group) => firestore.shadow[group] !== null);
}

function restoreEntry(hub: Hub, { side, lineage }: Observation, outcome: "suspended" | "restored"): Outcome {
  const rule = outcome === "suspended" ? "side-restored" : "restore-confirmed";
  const known = hub.sides[side]?.lineage ?? null;
  const entry = { group: LIFE, outcome, side, actor: null, changedAt: hub.plannedAt, value: lineage ?? null, other: known } as const;
  return { kind: "entry", entry: { ...entry, ver: hub.life.ver, rule } };
}
