import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Edit } from "./facts.ts";
import type { HistoryEntry, OutcomeKind, Rule } from "./history.ts";
import { LIFE, type ContentStamp, type GroupRegister, type Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";

/** How an edit ended: the part of a history entry that the rules decide. */
export type Ending = Pick<HistoryEntry, "outcome" | "rule" | "other" | "ver"> & { readonly conflictId?: string };

/** What the history says of an edit of a group. */
export function entryOf(side: Observation["side"], { group, value, stamp }: Edit, ending: Ending): Outcome {
  const { actor, changedAt } = stamp;
  const { outcome, rule, other, ver, conflictId } = ending;
  const entry = { group, outcome, side, actor, changedAt, value, other, ver, rule };
  return { kind: "entry", entry: conflictId === undefined ? entry : { ...entry, conflictId } };
}

/** P1: the value that was replaced by a rule, and not by somebody who had seen it. */
export function lostEntry(group: string, loser: GroupRegister, winner: GroupValue, rule: Rule): Outcome {
  const { side, actor, changedAt, value, ver } = loser;
  return { kind: "entry", entry: { group, outcome: "lost", side, actor, changedAt, value, other: winner, ver, rule } };
}

/** What the history says of a change of the member's life. */
export function lifeEntry(
  hub: Hub,
  observation: Observation,
  outcome: OutcomeKind,
  ruled: { readonly rule: Rule; readonly ver?: number; readonly conflictId?: string },
): Outcome {
  const { side, actor, life } = observation;
  const { rule, ver = hub.life.ver, conflictId } = ruled;
  const value = life === "alive" ? "alive" : "deleted";
  const other = hub.life.ver === 0 ? null : hub.life.state;
  const changedAt = Math.min(observation.changedAt, hub.plannedAt);
  const entry = { group: LIFE, outcome, side, actor, changedAt, value, other, ver, rule };
  return { kind: "entry", entry: conflictId === undefined ? entry : { ...entry, conflictId } };
}

/** When and by whom an observation's content was given; never later than now. */
export function stampOf({ actor, changedAt, clockErrorMs }: Observation, hub: Hub): ContentStamp {
  return { actor, changedAt: Math.min(changedAt, hub.plannedAt), ...(clockErrorMs !== undefined && { clockErrorMs }) };
}
