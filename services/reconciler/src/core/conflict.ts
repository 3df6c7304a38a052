import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { LIFE, type ConflictCause, type Hub, type Instant, type Parked } from "./hub.ts";

/** What one side holds of a contested group. */
export interface Contender {
  readonly value: GroupValue;
  readonly changedAt: Instant;
  readonly actor: string | null;
}

/** `decided` by a person, `converged` because both sides became equal, `superseded` by a later edit or the end of the life. */
export const CONFLICT_STATES = ["open", "decided", "converged", "superseded"] as const;
export type ConflictState = (typeof CONFLICT_STATES)[number];

/**
 * Two concurrent edits of one group (or of the member's life, whose values are `alive` and `deleted`), or a value
 * that a side rejects, waiting for a person. Its id is made of member, group and the hub's `rev` when it opened.
 */
export interface Conflict {
  readonly id: string;
  readonly memberRef: MemberRef;
  readonly group: GroupName;
  readonly state: ConflictState;
  readonly cause: ConflictCause;
  readonly openedAt: Instant;
  readonly updatedAt: Instant;
  /** Opaque to people; a decision sends it back. */
  readonly expected: string;
  /** The value that both had last agreed on. */
  readonly agreed: GroupValue;
  readonly django: Contender;
  readonly firestore: Contender;
  /** The rejecting side and its words, for cause `rejected`. */
  readonly refusal?: { readonly side: Side; readonly code: string; readonly message: string };
  readonly decision?: { readonly value: GroupValue; readonly actor: string | null; readonly at: Instant; readonly note: string | null };
}

/** The open conflict's mark on a group, or on the member's life. */
export function parkedOf(hub: Hub, group: GroupName): Parked | undefined {
  return group === LIFE ? hub.life.parked : hub.groups[group]?.parked;
}

/** The open conflict of a group as people see it: everything in it is derived from the hub. */
export function conflictOf(hub: Hub, group: GroupName, mark: Parked, state: ConflictState): Conflict {
  return {
    id: mark.conflictId,
    memberRef: hub.memberRef,
    group,
    state,
    cause: mark.cause,
    openedAt: mark.openedAt,
    updatedAt: hub.plannedAt,
    expected: expectedOf(mark),
    agreed: mark.agreed,
    django: contender(hub, "django", group),
    firestore: contender(hub, "firestore", group),
    ...(mark.refusal && { refusal: mark.refusal }),
  };
}

/** What a decision must send back: it changes whenever the conflict does. */
export function expectedOf(mark: Parked): string {
  return `${mark.conflictId}.${mark.step}.${mark.movedAt.toString(36)}`;
}

/** What one side holds of a contested group, or of the member's life. */
export function contender(hub: Hub, side: Side, group: GroupName): Contender {
  const state = hub.sides[side];
  const stamp = group === LIFE ? state?.lifeStamp : state?.stamps[group];
  const { changedAt, actor } = stamp ?? { changedAt: 0, actor: null };
  const value = group === LIFE ? (state?.life === "alive" ? "alive" : "deleted") : (state?.shadow[group] ?? null);
  return { value, changedAt, actor };
}
