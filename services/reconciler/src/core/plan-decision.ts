import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { contender, expectedOf, parkedOf } from "./conflict.ts";
import { evolve } from "./evolve.ts";
import { endGroups } from "./end-of-life.ts";
import { lostEntry } from "./entry.ts";
import { LIFE, type Hub, type Instant } from "./hub.ts";
import { closeRetired } from "./map-in-force.ts";
import { beginNewLife } from "./new-life.ts";
import type { Outcome } from "./outcomes.ts";
import { close } from "./park.ts";
import { closePlan, type Plan } from "./plan.ts";
import { openHub } from "./planned.ts";
import type { Policy } from "./policy.ts";
import { heldBy, isRetired, isUnread, registerOf } from "./read-hub.ts";

/** What a person chose, and which state of the conflict they had before their eyes. */
export interface Decision {
  readonly conflictId: string;
  readonly group: GroupName;
  readonly choice: { readonly kind: "django" | "firestore" } | { readonly kind: "custom"; readonly value: GroupValue };
  readonly expected: string;
  readonly actor: string | null;
  readonly note: string | null;
}

/**
 * Why a decision cannot be taken: the conflict moved or closed since the person looked; the chosen side has no such
 * member; or what that side holds of the group was never read.
 */
export type Undecidable = "outdated" | "nobody-there" | "unread";

/**
 * Plans a person's decision: the value becomes the hub's, and goes to each side that does not hold it. `outdated` when the
 * conflict has moved or closed since the person looked, so that nobody decides on values they have not seen. Pure and
 * total, like `plan()`. A conflict of a retired group only closes.
 */
export function planDecision(hub: Hub, decision: Decision, policy: Policy, now: Instant): Plan | Undecidable {
  const mark = parkedOf(hub, decision.group);
  if (mark === undefined || mark.conflictId !== decision.conflictId || expectedOf(mark) !== decision.expected) return "outdated";
  if (isOfNobody(hub, decision)) return "nobody-there";
  const opened = openHub(hub, undefined, { policy, now });
  if (!isRetired(opened, decision.group) && isOfUnread(opened, decision)) return "unread";
  const outcomes = outcomesOf(opened, decision, policy);
  return closePlan({ before: hub, opened }, { hub: evolve(opened, outcomes), outcomes }, policy);
}

function outcomesOf(hub: Hub, decision: Decision, policy: Policy): readonly Outcome[] {
  if (decision.group === LIFE) return decideLife(hub, decision, policy);
  return isRetired(hub, decision.group) ? closeRetired(hub) : decideGroup(hub, decision, policy);
}

/** A side that has no such member holds no value that could be chosen: choosing it would clear the current value. */
function isOfNobody(hub: Hub, { group, choice }: Decision): boolean {
  if (choice.kind === "custom" || group === LIFE) return false;
  return (hub.sides[choice.kind]?.life ?? "missing") === "missing";
}

function isOfUnread(hub: Hub, { group, choice }: Decision): boolean {
  const side = choice.kind === "custom" ? undefined : hub.sides[choice.kind];
  return side !== undefined && isUnread(side, group);
}

function decideGroup(hub: Hub, decision: Decision, policy: Policy): readonly Outcome[] {
  const { group, choice, actor, note } = decision;
  const value = choice.kind === "custom" ? choice.value : heldBy(hub.sides[choice.kind], group);
  const ver = registerOf(hub, group).ver + 1;
  const now = hub.plannedAt;
  const seen = SIDES.filter((side) => {
    const state = hub.sides[side];
    return state !== undefined && !isUnread(state, group) && policy.same(group, state.shadow[group], value);
  });
  return [
    ...recorded(hub, decision, { value, ver }, policy),
    ...close(hub, group, "decided", { value, actor, at: now, note }),
    { kind: "group-set", group, register: { value, ver, side: "hub", actor, changedAt: now } },
    ...seen.map((side): Outcome => ({ kind: "group-seen", side, group, ver })),
    // A command that a side rejected as a whole is tried again: the decided value may be the one that was wrong or missing.
    ...(hub.life.parked?.cause === "rejected" && value !== null ? close(hub, LIFE, "superseded") : []),
  ];
}

function decideLife(hub: Hub, decision: Decision, policy: Policy): readonly Outcome[] {
  const { choice, actor, note } = decision;
  const chosen = choice.kind === "custom" ? choice.value : hub.sides[choice.kind]?.life;
  const state = chosen === "alive" ? "alive" : "deleted";
  const ver = hub.life.ver + 1;
  const decided = [
    ...recorded(hub, decision, { value: state, ver }, policy),
    ...close(hub, LIFE, "decided", { value: state, actor, at: hub.plannedAt, note }),
  ];
  const { parked, ...life } = hub.life;
  if (parked?.cause === "recreated" && state === "alive") return [...decided, ...beginNewLife(hub, newDocumentOf(hub), policy)];
  const { clockErrorMs: _, ...register } = life;
  const agreeing = SIDES.filter((side) => hub.sides[side] !== undefined && (hub.sides[side]?.life === "alive") === (state === "alive"));
  return [
    ...decided,
    ...(parked?.cause === "recreated" ? discarded(hub, decision) : []),
    { kind: "life-set", life: { ...register, state, ver, side: "hub", actor, changedAt: hub.plannedAt } },
    ...agreeing.map((side): Outcome => ({ kind: "life-seen", side, ver })),
    ...(state === "deleted" ? endGroups(hub, policy) : []),
  ];
}

/** The new document as it was last read: with the decision it becomes the record of the new life. */
function newDocumentOf({ memberRef, kennitala, sides, plannedAt }: Hub): Observation {
  const { revision = "0", shadow = {}, life = "missing", djangoId = null, lifeStamp } = sides.firestore ?? {};
  const stamp = lifeStamp ?? { changedAt: plannedAt, actor: null };
  return { id: "", side: "firestore", memberRef, kennitala, revision, life, record: shadow, djangoId, writeId: null, ...stamp };
}

/** What the new document held is lost by the decision that the member stays deleted. */
function discarded(hub: Hub, { conflictId }: Decision): readonly Outcome[] {
  return Object.keys(hub.sides.firestore?.shadow ?? {}).flatMap((group): readonly Outcome[] => {
    const { value, ...stamp } = contender(hub, "firestore", group);
    if (value === null) return [];
    const { value: other, ver } = registerOf(hub, group);
    const entry = { group, outcome: "lost", side: "firestore", ...stamp, value, other, ver, rule: "decision", conflictId } as const;
    return [{ kind: "entry", entry }];
  });
}

/** The history of a decision: one `lost` entry for each value that was not chosen, a side's or the hub's, then the decision itself. */
function recorded(
  hub: Hub,
  { group, actor, conflictId, choice }: Decision,
  { value, ver }: { readonly value: GroupValue; readonly ver: number },
  policy: Policy,
): readonly Outcome[] {
  const losers = SIDES.flatMap((side): readonly Outcome[] => {
    const { value: held, ...stamp } = contender(hub, side, group);
    if (hub.sides[side] === undefined || policy.same(group, held, value)) return [];
    return [
      { kind: "entry", entry: { group, outcome: "lost", side, ...stamp, value: held, other: value, ver, rule: "decision", conflictId } },
    ];
  });
  const changedAt = hub.plannedAt;
  const entry = {
    group,
    outcome: "decided",
    side: "hub",
    actor,
    changedAt,
    value,
    other: null,
    ver,
    rule: choice.kind,
    conflictId,
  } as const;
  return [...losers, ...unheld(hub, group, value, policy), { kind: "entry", entry }];
}

/** The hub's own value, where neither side holds it: it is on its way, or a restore undid it. It loses to the decision as well. */
function unheld(hub: Hub, group: GroupName, value: GroupValue, policy: Policy): readonly Outcome[] {
  if (group === LIFE) return [];
  const register = registerOf(hub, group);
  const isHeld = SIDES.some((side) => policy.same(group, contender(hub, side, group).value, register.value));
  return isHeld || policy.same(group, register.value, value) ? [] : [lostEntry(group, register, value, "decision")];
}
