import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Conflict } from "./conflict.ts";
import type { HistoryEntry, HistoryRecord } from "./history.ts";
import type { Hub } from "./hub.ts";
import { instantText } from "./instant-text.ts";
import type { Outcome } from "./outcomes.ts";
import { underMapInForce } from "./map-in-force.ts";
import { isNoticed, openConflictsOf } from "./park.ts";
import type { Planning } from "./policy.ts";
import type { Taken } from "./take-in.ts";

/** What observations mean for both sides, as data: the new hub and everything that is to be stored or sent with it. */
export interface Plan {
  readonly hub: Hub;
  /** `false`: nothing new was in the observations, and nothing needs to be stored. */
  readonly changed: boolean;
  readonly commands: readonly ApplyCommand[];
  /** Conflicts that opened, changed or closed. */
  readonly conflicts: readonly Conflict[];
  /** Those of them of which people are notified: one that keeps moving is not reported each time. */
  readonly notices: readonly Conflict[];
  readonly history: readonly HistoryRecord[];
}

/**
 * The hub that a plan works on: one `rev` on, and empty for a member first heard of by `first`; under
 * the field map in force.
 */
export function openHub(hub: Hub | undefined, first: Observation | undefined, { policy, now }: Planning): Hub {
  if (hub !== undefined) return underMapInForce({ ...hub, rev: hub.rev + 1, plannedAt: now }, policy);
  const { memberRef, kennitala } = first ?? { memberRef: "", kennitala: "" };
  const life = { state: "alive", ver: 0, incarnation: 1, side: "hub", actor: null, changedAt: 0 } as const;
  return { memberRef, kennitala, djangoId: null, rev: 1, plannedAt: now, groups: {}, life, sides: {}, out: {}, waiting: {} };
}

/** Turns what was taken in into a plan. The very hub that it began from comes back when nothing changed. */
export function finish(
  { before, opened }: { readonly before: Hub | undefined; readonly opened: Hub },
  { hub, outcomes }: Taken,
  commands: readonly ApplyCommand[],
): Plan {
  if (before !== undefined && hub === opened) return { hub: before, changed: false, commands: [], conflicts: [], notices: [], history: [] };
  const conflicts: Conflict[] = [];
  for (const outcome of outcomes) if (outcome.kind === "conflict-closed") conflicts.push(outcome.conflict);
  conflicts.push(...openConflictsOf(hub));
  const notices = conflicts.filter((conflict) => isNoticed(hub, conflict));
  return { hub, changed: before === undefined ? hub !== opened : true, commands, conflicts, notices, history: historyOf(hub, outcomes) };
}

function historyOf(hub: Hub, outcomes: readonly Outcome[]): readonly HistoryRecord[] {
  const entries: HistoryEntry[] = [];
  for (const outcome of outcomes) if (outcome.kind === "entry") entries.push(outcome.entry);
  if (entries.length === 0) return [];
  const { memberRef, rev, plannedAt, sides } = hub;
  const revisions: { [S in Side]?: Revision } = {};
  if (sides.django !== undefined) revisions.django = sides.django.revision;
  if (sides.firestore !== undefined) revisions.firestore = sides.firestore.revision;
  return [{ id: `${memberRef}-${rev}-${instantText(plannedAt)}`, memberRef, at: plannedAt, revisions, entries }];
}
