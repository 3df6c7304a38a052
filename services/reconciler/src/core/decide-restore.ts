import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import type { FactOf } from "./facts.ts";
import { holding } from "./holding.ts";
import { LIFE, type Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import type { Policy } from "./policy.ts";
import { isSuspended } from "./read-hub.ts";

/** The side seems to have been restored from a backup: its newest word waits in the hub, and nothing is sent there. */
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
  const ended: readonly Outcome[] = hub.out[side] === undefined ? [] : [{ kind: "ended", side }];
  const told = isSuspended(hub, side) ? [] : [restoreEntry(hub, observation, "suspended")];
  return [...ended, { kind: "held", side, waiting }, ...told];
}

/** An operator has confirmed the restore: what we knew of the side no longer holds, and what differs goes by policy. */
export function decideRestored({ observation, restore }: FactOf<"restored">, hub: Hub): readonly Outcome[] {
  return [{ kind: "side-restored", observation, restore }, restoreEntry(hub, observation, "restored")];
}

function restoreEntry(hub: Hub, { side, lineage }: Observation, outcome: "suspended" | "restored"): Outcome {
  const rule = outcome === "suspended" ? "side-restored" : "restore-confirmed";
  const known = hub.sides[side]?.lineage ?? null;
  const entry = { group: LIFE, outcome, side, actor: null, changedAt: hub.plannedAt, value: lineage ?? null, other: known } as const;
  return { kind: "entry", entry: { ...entry, ver: hub.life.ver, rule } };
}
