import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { heldBy, isSame, openDraft, registerOf, type Draft } from "./draft.ts";
import { LIFE, type Hub, type Instant } from "./hub.ts";
import { contender, expectedOf, parkedOf, unpark } from "./park.ts";
import { closePlan, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";

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
 * Plans a person's decision: the value becomes the hub's, and goes to each side that does not hold it. Refused as
 * `outdated` when the conflict has moved or closed since the person looked, so that nobody decides on values they have
 * not seen. Pure and total, like `plan()`.
 */
export function decide(hub: Hub, decision: Decision, policy: Policy, now: Instant): Plan | "outdated" {
  const draft = openDraft(hub, undefined, policy, now);
  const mark = parkedOf(draft, decision.group);
  if (mark === undefined || mark.conflictId !== decision.conflictId || expectedOf(mark) !== decision.expected) return "outdated";
  if (decision.group === LIFE) decideLife(draft, decision);
  else decideGroup(draft, decision);
  return closePlan(draft);
}

function decideGroup(draft: Draft, decision: Decision): void {
  const { group, choice, actor, note } = decision;
  const value = choice.kind === "custom" ? choice.value : heldBy(draft.sides[choice.kind], group);
  const ver = registerOf(draft, group).ver + 1;
  record(draft, decision, value, ver);
  unpark(draft, group, "decided", { value, actor, at: draft.now, note });
  draft.groups[group] = { value, ver, side: "hub", actor, changedAt: draft.now };
  for (const name of SIDES) {
    const side = draft.sides[name];
    if (side !== undefined && isSame(draft, group, side.shadow[group], value)) side.seen[group] = ver;
  }
}

function decideLife(draft: Draft, decision: Decision): void {
  const { choice, actor, note } = decision;
  const chosen = choice.kind === "custom" ? choice.value : draft.sides[choice.kind]?.life;
  const state = chosen === "alive" ? "alive" : "deleted";
  const ver = draft.life.ver + 1;
  record(draft, decision, state, ver);
  unpark(draft, LIFE, "decided", { value: state, actor, at: draft.now, note });
  draft.life = { ...draft.life, state, ver, side: "hub", actor, changedAt: draft.now };
  for (const name of SIDES) {
    const side = draft.sides[name];
    if (side !== undefined && (side.life === "alive") === (state === "alive")) side.seenLife = ver;
  }
}

/** The decision itself, and one entry for each side whose value was not chosen: both values, who and when. */
function record(draft: Draft, decision: Decision, value: GroupValue, ver: number): void {
  const { group, actor, conflictId } = decision;
  for (const name of SIDES) {
    const side = draft.sides[name];
    const { value: held, ...stamp } = contender(draft, name, group);
    if (side === undefined || isSame(draft, group, held, value)) continue;
    draft.history.push({ group, outcome: "lost", side: name, ...stamp, value: held, other: value, ver, rule: "decision", conflictId });
  }
  const rule = decision.choice.kind;
  draft.history.push({ group, outcome: "decided", side: "hub", actor, changedAt: draft.now, value, other: null, ver, rule, conflictId });
}
