import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Conflict } from "./conflict.ts";
import type { HistoryEntry } from "./history.ts";
import type { GroupRegister, Hub, InFlight, Instant, LifeRegister, SideState, Version, Waiting } from "./hub.ts";
import type { Policy } from "./policy.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A side as it is being planned. */
export interface SideDraft extends Mutable<Omit<SideState, "shadow" | "seen" | "stamps">> {
  readonly shadow: Record<GroupName, GroupValue>;
  readonly seen: Record<GroupName, number>;
  readonly stamps: Record<GroupName, { readonly changedAt: Instant; readonly actor: string | null }>;
}

/** A hub while it is being planned: the only mutable thing in the core, and it never leaves `plan()` and `decide()`. */
export interface Draft {
  readonly before: Hub | undefined;
  readonly memberRef: string;
  readonly kennitala: string;
  /** The `rev` that the hub has once this draft is stored. */
  readonly rev: number;
  readonly policy: Policy;
  readonly now: Instant;
  djangoId: number | null;
  readonly groups: Record<GroupName, GroupRegister>;
  life: LifeRegister;
  readonly sides: { [S in Side]?: SideDraft };
  readonly out: { [S in Side]?: InFlight };
  lateCreates: readonly InFlight[];
  readonly waiting: { [S in Side]?: Waiting };
  readonly history: HistoryEntry[];
  /** Groups whose open conflict is new or has changed. */
  readonly touched: Set<GroupName>;
  readonly closed: Conflict[];
  changed: boolean;
}

/** A group that nobody ever gave a value. */
const VOID: GroupRegister = { value: null, ver: 0, side: "hub", actor: null, changedAt: 0 };

/** Opens a draft of a known hub, or of a member first heard of by `first`. */
export function openDraft(hub: Hub | undefined, first: Observation | undefined, policy: Policy, now: Instant): Draft {
  const { memberRef, kennitala } = hub ?? first ?? { memberRef: "", kennitala: "" };
  return {
    before: hub,
    memberRef,
    kennitala,
    rev: (hub?.rev ?? 0) + 1,
    policy,
    now,
    djangoId: hub?.djangoId ?? null,
    groups: { ...hub?.groups },
    life: hub?.life ?? { state: "alive", ver: 0, incarnation: 1, side: "hub", actor: null, changedAt: 0 },
    sides: draftSides(hub),
    out: { ...hub?.out },
    lateCreates: hub?.lateCreates ?? [],
    waiting: { ...hub?.waiting },
    history: [],
    touched: new Set(),
    closed: [],
    changed: false,
  };
}

function draftSides(hub: Hub | undefined): Draft["sides"] {
  const sides: Draft["sides"] = {};
  for (const name of SIDES) {
    const state = hub?.sides[name];
    if (state !== undefined) {
      sides[name] = { ...state, shadow: { ...state.shadow }, seen: { ...state.seen }, stamps: { ...state.stamps } };
    }
  }
  return sides;
}

/** The hub that a finished draft stands for: one `rev` on, or the very hub it began from when nothing changed. */
export function hubOf(draft: Draft): Hub {
  if (draft.before !== undefined && !draft.changed) return draft.before;
  return {
    memberRef: draft.memberRef,
    kennitala: draft.kennitala,
    djangoId: draft.djangoId,
    rev: draft.rev,
    plannedAt: draft.now,
    groups: draft.groups,
    life: draft.life,
    sides: draft.sides,
    out: draft.out,
    ...(draft.lateCreates.length > 0 && { lateCreates: draft.lateCreates }),
    waiting: draft.waiting,
  };
}

export function registerOf(draft: Draft, group: GroupName): GroupRegister {
  return draft.groups[group] ?? VOID;
}

/** The hub version that a side's content of a group reflects. */
export function seenBy(side: Pick<SideState, "seen">, group: GroupName): Version {
  return side.seen[group] ?? 0;
}

/** What a side holds of a group; nothing counts as cleared. */
export function heldBy(side: SideDraft | undefined, group: GroupName): GroupValue {
  return side?.shadow[group] ?? null;
}

/** A group that waits for a flush keeps the time at which its value was first seen. */
export function firstSeenAt(draft: Draft, { side, changedAt }: Observation, group: GroupName, value: GroupValue): Instant {
  const wait = draft.waiting[side];
  const hasWaited = wait !== undefined && isSame(draft, group, wait.observation.record[group], value);
  return (hasWaited ? wait.firstSeenAt[group] : undefined) ?? changedAt;
}

/** Whether two values of a group are equal after normalisation; an absent value counts as cleared. */
export function isSame(draft: Draft, group: GroupName, a: GroupValue | undefined, b: GroupValue | undefined): boolean {
  return draft.policy.same(group, a, b);
}
