import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { otherSide } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { isSame, registerOf, seenBy, type Draft, type SideDraft } from "./draft.ts";
import type { HistoryEntry } from "./history.ts";
import { LIFE, type GroupRegister, type Instant, type Parked } from "./hub.ts";
import { park, touch, unpark } from "./park.ts";
import { resolve } from "./resolve.ts";

/** An edit of one group, as the rules see it. */
export interface Edit {
  readonly group: GroupName;
  readonly value: GroupValue;
  /** What the editor had before: the side's last known content, our own write counted in. */
  readonly base: GroupValue | undefined;
  readonly changedAt: Instant;
  /** The content of a member that this side was not known to have: nobody changed it, it is simply there. */
  readonly firstSight: boolean;
  /** The side altered what we had just written there, in the same step. */
  readonly rewritten: boolean;
}

/** Two changes of a value this close together, in opposite directions, are programs at work and not people. */
const SWING_MS = 60_000;

/** Decides what one edit of one group means; `side` already holds it. */
export function takeEdit(draft: Draft, side: SideDraft, observation: Observation, edit: Edit): void {
  retryRefusedLife(draft, observation);
  const { parked } = registerOf(draft, edit.group);
  if (parked !== undefined && parked.cause !== "rejected") return takeContestedEdit(draft, side, observation, edit, parked);
  if (parked !== undefined) unpark(draft, edit.group, "superseded"); // somebody mended the refused value

  const register = registerOf(draft, edit.group);
  if (isSame(draft, edit.group, edit.value, register.value)) {
    side.seen[edit.group] = register.ver;
    if (!edit.firstSight)
      tell(draft, observation, edit, { outcome: "agreed", other: register.value, ver: register.ver, rule: "same-value" });
    return;
  }
  const hadSeen = register.ver <= seenBy(side, edit.group); // P4: cause before clock
  if (hadSeen) takeNewer(draft, side, observation, edit, register);
  else takeConcurrent(draft, side, observation, edit, register);
}

function takeNewer(draft: Draft, side: SideDraft, observation: Observation, edit: Edit, register: GroupRegister): void {
  const bounces = isBounce(draft, observation, edit, register) ? (register.bounces ?? 0) + 1 : 0;
  if (bounces > draft.policy.maxBounces) {
    const mark = park(draft, edit.group, "oscillation", register.value);
    tell(draft, observation, edit, {
      outcome: "parked",
      other: register.value,
      ver: register.ver,
      rule: "oscillation",
      conflictId: mark.conflictId,
    });
    return;
  }
  accept(draft, side, observation, edit, register, edit.firstSight ? "first-sight" : "newer", bounces);
}

function takeConcurrent(draft: Draft, side: SideDraft, observation: Observation, edit: Edit, register: GroupRegister): void {
  const { winner, rule } = resolve(draft.policy, edit.group, { side: observation.side, changedAt: edit.changedAt }, register);
  switch (winner) {
    case "incoming":
      tellLoser(draft, edit, register, rule);
      return accept(draft, side, observation, edit, register, rule, 0);
    case "current":
      return tell(draft, observation, edit, { outcome: "lost", other: register.value, ver: register.ver, rule });
    case "nobody": {
      const mark = park(draft, edit.group, "concurrent", edit.base ?? null);
      return tell(draft, observation, edit, {
        outcome: "parked",
        other: register.value,
        ver: register.ver,
        rule,
        conflictId: mark.conflictId,
      });
    }
  }
}

/** An edit of a group whose conflict is open: it updates the conflict, or ends it when the sides are equal again. */
function takeContestedEdit(draft: Draft, side: SideDraft, observation: Observation, edit: Edit, parked: Parked): void {
  const register = registerOf(draft, edit.group);
  const peer = draft.sides[otherSide(observation.side)];
  const { conflictId } = parked;
  if (peer === undefined || peer.life === "missing" || !isSame(draft, edit.group, peer.shadow[edit.group], edit.value)) {
    touch(draft, edit.group, parked);
    return tell(draft, observation, edit, {
      outcome: "parked",
      other: register.value,
      ver: register.ver,
      rule: "open-conflict",
      conflictId,
    });
  }
  unpark(draft, edit.group, "converged");
  const ver = register.ver + 1;
  draft.groups[edit.group] = { value: edit.value, ver, side: observation.side, actor: observation.actor, changedAt: edit.changedAt };
  for (const state of [side, peer]) state.seen[edit.group] = ver;
  tell(draft, observation, edit, { outcome: "converged", other: register.value, ver, rule: "equal-again", conflictId });
}

function accept(
  draft: Draft,
  side: SideDraft,
  observation: Observation,
  edit: Edit,
  register: GroupRegister,
  rule: string,
  bounces: number,
): void {
  const ver = register.ver + 1;
  draft.groups[edit.group] = {
    value: edit.value,
    ver,
    side: observation.side,
    actor: observation.actor,
    changedAt: edit.changedAt,
    ...(bounces > 0 && { bounces }),
    ...(register.ver > 0 && { previous: register.value }),
  };
  side.seen[edit.group] = ver;
  tell(draft, observation, edit, { outcome: "accepted", other: register.value, ver, rule });
}

function isBounce(draft: Draft, observation: Observation, edit: Edit, register: GroupRegister): boolean {
  if (register.side === observation.side || register.ver === 0) return false;
  if (edit.rewritten) return true;
  const isBack = register.previous !== undefined && isSame(draft, edit.group, register.previous, edit.value);
  return isBack && Math.abs(edit.changedAt - register.changedAt) < SWING_MS;
}

/** A create that was refused whole is tried again when the member changes. */
function retryRefusedLife(draft: Draft, observation: Observation): void {
  const parked = draft.life.parked;
  if (parked?.cause === "rejected" && parked.refusal?.side !== observation.side) unpark(draft, LIFE, "superseded");
}

type Ending = Pick<HistoryEntry, "outcome" | "other" | "ver" | "rule" | "conflictId">;

function tell(draft: Draft, observation: Observation, edit: Edit, ending: Ending): void {
  const { side, actor } = observation;
  draft.history.push({ group: edit.group, side, actor, changedAt: edit.changedAt, value: edit.value, ...ending });
}

function tellLoser(draft: Draft, edit: { readonly group: string; readonly value: GroupValue }, loser: GroupRegister, rule: string): void {
  const { side, actor, changedAt, value, ver } = loser;
  draft.history.push({ group: edit.group, outcome: "lost", side, actor, changedAt, value, other: edit.value, ver, rule });
}
