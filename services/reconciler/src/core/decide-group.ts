import { otherSide, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { bouncesAfter, isOscillating } from "./bounce.ts";
import { isFromBeforeRestore } from "./decide-restore.ts";
import { entryOf, lostEntry, type Ending } from "./entry.ts";
import type { Edit, FactOf } from "./facts.ts";
import { LIFE, type GroupRegister, type Hub, type Parked } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { close, move, park } from "./park.ts";
import type { Policy } from "./policy.ts";
import { heldBy, isUnread, registerOf, seenBy, withoutMark } from "./read-hub.ts";
import { groupPolicyOf, resolve } from "./resolve.ts";

/** One edit, and the observation that it came with. */
export interface Matter {
  readonly observation: Observation;
  readonly edit: Edit;
}

/** What the edits of one observation mean, each group by itself. */
export function decideEdits({ observation, edits }: FactOf<"changed">, hub: Hub, policy: Policy): readonly Outcome[] {
  const review = reviewOf(hub, observation);
  if (review !== undefined) return edits.flatMap((edit) => waitForReview(hub, observation, edit, review));
  const decided = [...retryRejectedLife(hub, observation)];
  for (const edit of edits) decided.push(...decideGroup({ observation, edit }, hub, policy));
  return decided;
}

/** What one edit of one group means. The side's shadow holds the edit already. */
export function decideGroup(matter: Matter, hub: Hub, policy: Policy): readonly Outcome[] {
  const { group } = matter.edit;
  const { parked } = registerOf(hub, group);
  if (parked === undefined) return taken(matter, hub, policy);
  if (parked.cause !== "rejected") return contested(matter, hub, policy, parked);
  // A rejected value that somebody corrected: the conflict is about the old one.
  return [...close(hub, group, "superseded"), ...taken(matter, withoutMark(hub, group), policy)];
}

/** An edit of a group that nobody is asked about. */
function taken(matter: Matter, hub: Hub, policy: Policy): readonly Outcome[] {
  const { edit } = matter;
  const { side } = matter.observation;
  const { group, value } = edit;
  const register = registerOf(hub, group);
  // The edit differs from its base. Where the hub still has the base value, there is no need to compare a second time.
  const isBaseCurrent = (edit.base ?? null) === register.value;
  if (!isBaseCurrent && policy.same(group, value, register.value)) {
    const seen: Outcome = { kind: "group-seen", side, group, ver: register.ver };
    return edit.isFirstSight ? [seen] : [seen, entryOf(side, edit, endedAs(register, "agreed", "same-value"))];
  }
  const state = hub.sides[side];
  const hadSeen = register.ver <= (state === undefined ? 0 : seenBy(state, group)); // P4: cause before clock
  return hadSeen ? newer(matter, hub, policy, register) : concurrent(matter, hub, policy, register);
}

/** The editor had seen the hub's value, or there was none. */
function newer({ observation, edit }: Matter, hub: Hub, policy: Policy, register: GroupRegister): readonly Outcome[] {
  const bounces = bouncesAfter(policy, observation, edit, register);
  if (!isOscillating(policy, bounces))
    return accept(observation, edit, register, { rule: edit.isFirstSight ? "first-sight" : "newer", bounces });
  const { outcome, conflictId } = park(hub, { group: edit.group, cause: "oscillation", agreed: register.value });
  return [outcome, entryOf(observation.side, edit, { ...endedAs(register, "parked", "oscillation"), conflictId })];
}

function concurrent({ observation, edit }: Matter, hub: Hub, policy: Policy, register: GroupRegister): readonly Outcome[] {
  const { side } = observation;
  const isOnItsWay = hub.out[otherSide(side)]?.groups[edit.group] !== undefined;
  if (edit.isAfterRestore && !isOnItsWay && isHeldByPeer(hub, side, edit, policy)) return backToEqual(observation, edit, register);
  // Read for the first time, on a side that was restored since: the value may be the dump's, and its time is not that of an edit.
  const isFromDump = edit.isAfterRestore || (edit.isFirstSight && isFromBeforeRestore(hub, edit.group));
  const incoming = { side, stamp: edit.stamp, isAfterRestore: isFromDump };
  const { winner, rule } = resolve(policy, groupPolicyOf(policy, edit.group), incoming, register);
  switch (winner) {
    case "incoming":
      return [lostEntry(edit.group, register, edit.value, rule), ...accept(observation, edit, register, { rule, bounces: 0 })];
    case "current":
      return [entryOf(side, edit, endedAs(register, "lost", rule))];
    case "nobody": {
      const { outcome, conflictId } = park(hub, { group: edit.group, cause: "concurrent", agreed: edit.base ?? null });
      // P1: the conflict shows only what the sides hold. If neither holds the hub's value, it is on its way, unless a restore undid it.
      const isShown = policy.same(edit.group, heldBy(hub.sides[otherSide(side)], edit.group), register.value);
      const isGone = !isShown && (edit.isAfterRestore || isFromBeforeRestore(hub, edit.group));
      const lost = isGone ? [lostEntry(edit.group, register, edit.value, "side-restored")] : [];
      return [...lost, outcome, entryOf(side, edit, { ...endedAs(register, "parked", rule), conflictId })];
    }
  }
}

/** After a restore both sides hold the same value. The hub's newer one never reached the other side: it is lost, and nobody is asked. */
function backToEqual(observation: Observation, edit: Edit, register: GroupRegister): readonly Outcome[] {
  const rule = "equal-again";
  return [lostEntry(edit.group, register, edit.value, rule), ...accept(observation, edit, register, { rule, bounces: 0 })];
}

function isHeldByPeer(hub: Hub, side: Side, { group, value }: Edit, policy: Policy): boolean {
  const peer = hub.sides[otherSide(side)];
  return peer !== undefined && peer.life !== "missing" && !isUnread(peer, group) && policy.same(group, peer.shadow[group], value);
}

/** An edit of a group whose conflict is open: it moves the conflict on, or ends it when the sides are equal again. */
function contested({ observation, edit }: Matter, hub: Hub, policy: Policy, { conflictId }: Parked): readonly Outcome[] {
  const { side } = observation;
  const { group, value, stamp } = edit;
  const register = registerOf(hub, group);
  if (!isHeldByPeer(hub, side, edit, policy))
    return [...move(hub, group), entryOf(side, edit, { ...endedAs(register, "parked", "open-conflict"), conflictId })];
  const ver = register.ver + 1;
  return [
    ...close(hub, group, "converged"),
    { kind: "group-set", group, register: { value, ver, side, ...stamp } },
    { kind: "group-seen", side: "django", group, ver },
    { kind: "group-seen", side: "firestore", group, ver },
    entryOf(side, edit, { outcome: "converged", other: register.value, ver, rule: "equal-again", conflictId }),
  ];
}

function accept(
  observation: Observation,
  edit: Edit,
  register: GroupRegister,
  { rule, bounces }: { readonly rule: Ending["rule"]; readonly bounces: number },
): readonly Outcome[] {
  const { side } = observation;
  const { group, value } = edit;
  const { actor, changedAt, clockErrorMs } = edit.stamp;
  const ver = register.ver + 1;
  const next = {
    value,
    ver,
    side,
    actor,
    changedAt,
    ...(clockErrorMs !== undefined && { clockErrorMs }),
    ...(bounces > 0 && { bounces }),
    ...(register.ver > 0 && { previous: register.value }),
  };
  return [
    { kind: "group-set", group, register: next },
    { kind: "group-seen", side, group, ver },
    entryOf(side, edit, { outcome: "accepted", other: register.value, ver, rule }),
  ];
}

/** A new document of a deleted member waits for a person as a whole: none of it is taken before they decide. */
function reviewOf({ life }: Hub, { side }: Observation): Parked | undefined {
  return side === "firestore" && life.parked?.cause === "recreated" ? life.parked : undefined;
}

function waitForReview(hub: Hub, { side }: Observation, edit: Edit, { conflictId }: Parked): readonly Outcome[] {
  const register = registerOf(hub, edit.group);
  const moved = [...move(hub, LIFE), ...move(hub, edit.group)];
  return [...moved, entryOf(side, edit, { ...endedAs(register, "parked", "recreated"), conflictId })];
}

/** A command that one side rejected as a whole is tried again when the other side changes the member. */
function retryRejectedLife(hub: Hub, { side }: Observation): readonly Outcome[] {
  const parked = hub.life.parked;
  return parked?.cause === "rejected" && parked.refusal?.side !== side ? close(hub, LIFE, "superseded") : [];
}

function endedAs({ value, ver }: GroupRegister, outcome: Ending["outcome"], rule: Ending["rule"]): Ending {
  return { outcome, rule, other: value, ver };
}

/** Whether both sides have the member, were read with the group, and hold the same value. */
export function isEqualOnBothSides(hub: Hub, policy: Policy, group: string): boolean {
  const { django, firestore } = hub.sides;
  if (django === undefined || firestore === undefined || django.life === "missing" || firestore.life === "missing") return false;
  if (isUnread(django, group) || isUnread(firestore, group)) return false;
  return policy.same(group, heldBy(django, group), heldBy(firestore, group));
}
