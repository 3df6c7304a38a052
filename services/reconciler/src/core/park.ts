import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { conflictOf, parkedOf, type Conflict, type ConflictState } from "./conflict.ts";
import { LIFE, type ConflictCause, type Hub, type Parked } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";

/** How often people are notified of one open conflict that keeps moving. */
const NOTICE_EVERY_MS = 60_000;

/** Why a group is to be parked, and what both sides had last agreed on. */
export interface Question {
  readonly group: GroupName;
  readonly cause: ConflictCause;
  readonly agreed: GroupValue;
  readonly refusal?: NonNullable<Parked["refusal"]>;
}

/** Opens a conflict, or moves the open one on: a third edit never adds a second (DESIGN section 5). */
export function park(hub: Hub, { group, cause, agreed, refusal }: Question): { readonly outcome: Outcome; readonly conflictId: string } {
  const open = parkedOf(hub, group);
  if (open !== undefined) return { outcome: { kind: "conflict-moved", group }, conflictId: open.conflictId };
  const conflictId = `${hub.memberRef}-${group}-${hub.rev}`;
  const now = hub.plannedAt;
  const opened = { conflictId, cause, openedAt: now, step: hub.rev, movedAt: now, noticedAt: now, agreed };
  return { outcome: { kind: "parked", group, mark: { ...opened, ...(refusal && { refusal }) } }, conflictId };
}

/** Reports that one side of an open conflict moved; nothing when no conflict is open. */
export function move(hub: Hub, group: GroupName): readonly Outcome[] {
  return parkedOf(hub, group) === undefined ? [] : [{ kind: "conflict-moved", group }];
}

/** The mark of a conflict that moved in this plan: whoever decides must look at it again. */
export function moved(hub: Hub, mark: Parked): Parked {
  if (mark.step === hub.rev) return mark;
  const now = hub.plannedAt;
  const noticedAt = now - mark.noticedAt >= NOTICE_EVERY_MS ? now : mark.noticedAt;
  return { ...mark, step: hub.rev, movedAt: now, noticedAt };
}

/** Closes an open conflict; the group flows again. Nothing when no conflict is open. */
export function close(
  hub: Hub,
  group: GroupName,
  state: Exclude<ConflictState, "open">,
  decision?: Conflict["decision"],
): readonly Outcome[] {
  const mark = parkedOf(hub, group);
  if (mark === undefined) return [];
  const conflict = conflictOf(hub, group, mark, state);
  return [{ kind: "conflict-closed", group, conflict: decision === undefined ? conflict : { ...conflict, decision } }];
}

/** Open conflicts that this plan opened or moved. */
export function openConflictsOf(hub: Hub): readonly Conflict[] {
  const open: Conflict[] = [];
  const { groups } = hub;
  const { parked } = hub.life;
  if (parked?.step === hub.rev) open.push(conflictOf(hub, LIFE, parked, "open"));
  for (const group in groups) {
    const mark = groups[group]?.parked;
    if (mark?.step === hub.rev) open.push(conflictOf(hub, group, mark, "open"));
  }
  return open;
}

/** Whether this plan notifies people of the conflict: at most once a minute while it is open. */
export function isNoticed(hub: Hub, { group, state }: Conflict): boolean {
  return state !== "open" || parkedOf(hub, group)?.noticedAt === hub.plannedAt;
}
