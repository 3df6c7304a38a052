import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Conflict, Contender } from "./conflict.ts";
import { heldBy, registerOf, type Draft } from "./draft.ts";
import { LIFE, type ConflictCause, type Parked } from "./hub.ts";

/** The open conflict's mark on a group, or on the member's life. */
export function parkedOf(draft: Draft, group: GroupName): Parked | undefined {
  return group === LIFE ? draft.life.parked : draft.groups[group]?.parked;
}

/** Opens a conflict on a group, or updates the open one: a third edit never adds a second (DESIGN section 5). */
export function park(
  draft: Draft,
  group: GroupName,
  cause: ConflictCause,
  agreed: GroupValue,
  refusal?: NonNullable<Parked["refusal"]>,
): Parked {
  const open = parkedOf(draft, group);
  const mark: Parked = open === undefined ? opened(draft, group, cause, agreed, refusal) : moved(draft, open);
  setParked(draft, group, mark);
  draft.touched.add(group);
  return mark;
}

function opened(draft: Draft, group: GroupName, cause: ConflictCause, agreed: GroupValue, refusal: Parked["refusal"]): Parked {
  const conflictId = `${draft.memberRef}-${group}-${draft.rev}`;
  return { conflictId, cause, openedAt: draft.now, step: 1, movedAt: draft.now, agreed, ...(refusal && { refusal }) };
}

function moved(draft: Draft, open: Parked): Parked {
  return { ...open, step: open.step + 1, movedAt: draft.now };
}

/** Tells people that a side of an open conflict moved. */
export function touch(draft: Draft, group: GroupName, open: Parked): void {
  if (draft.touched.has(group)) return;
  setParked(draft, group, moved(draft, open));
  draft.touched.add(group);
}

/** Closes an open conflict; the group flows again. */
export function unpark(draft: Draft, group: GroupName, state: Exclude<Conflict["state"], "open">, decision?: Conflict["decision"]): void {
  const conflict = conflictOf(draft, group, state);
  if (conflict === undefined) return;
  draft.closed.push(decision === undefined ? conflict : { ...conflict, decision });
  draft.touched.delete(group);
  setParked(draft, group, undefined);
}

/** The conflict of a parked group as people see it: everything in it is derived from the hub. */
export function conflictOf(draft: Draft, group: GroupName, state: Conflict["state"]): Conflict | undefined {
  const mark = parkedOf(draft, group);
  if (mark === undefined) return undefined;
  return {
    id: mark.conflictId,
    memberRef: draft.memberRef,
    group,
    state,
    cause: mark.cause,
    openedAt: mark.openedAt,
    updatedAt: draft.now,
    expected: expectedOf(mark),
    agreed: mark.agreed,
    django: contender(draft, "django", group),
    firestore: contender(draft, "firestore", group),
    ...(mark.refusal && { refusal: mark.refusal }),
  };
}

/** What a decision must send back: it changes whenever the conflict does. */
export function expectedOf(mark: Parked): string {
  return `${mark.conflictId}.${mark.step}.${mark.movedAt.toString(36)}`;
}

/** What one side holds of a contested group, or of the member's life. */
export function contender(draft: Draft, side: Side, group: GroupName): Contender {
  const state = draft.sides[side];
  const stamp = state?.stamps[group] ?? { changedAt: 0, actor: null };
  const value = group === LIFE ? (state?.life === "alive" ? "alive" : "deleted") : heldBy(state, group);
  return { value, ...stamp };
}

function setParked(draft: Draft, group: GroupName, mark: Parked | undefined): void {
  draft.changed = true;
  if (group === LIFE) {
    const { parked: _, ...life } = draft.life;
    draft.life = mark === undefined ? life : { ...life, parked: mark };
    return;
  }
  const { parked: _, ...rest } = registerOf(draft, group);
  draft.groups[group] = mark === undefined ? rest : { ...rest, parked: mark };
}
