import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import { convergenceProblems } from "./convergence.ts";
import { keysOf, type Keys } from "./edit-keys.ts";
import type { Evidence } from "./evidence.ts";
import { judgeLife } from "./judge-life.ts";
import { judgeValue, type Judgement } from "./judge-value.ts";
import { hasLanded } from "./landed.ts";
import { byMember, type Lane, type MemberEvidence, type Told } from "./lane.ts";
import type { Ending, Ledger, Problem, Vanished } from "./ledger.ts";

/**
 * The ledger of promise 1: follows every edit that people made to where it ended, and counts. Pure, and linear in the
 * edits of a group. Nothing is believed that the evidence does not show: an edit without a proof has vanished.
 *
 * With hubs it also checks promise 2 (what is not parked is equal on both sides and in the hub), with counts promise 3.
 */
export function checkLedger(evidence: Evidence): Ledger {
  const keys = keysOf(evidence);
  const members = byMember(evidence);
  const tally = { count: { current: 0, superseded: 0, lost: 0, "in-conflict": 0, refused: 0 }, neverLanded: 0 };
  const vanished: Vanished[] = [];
  for (const member of members.values()) {
    for (const lane of member.lanes.values()) judgeLane(member, lane, keys, tally, vanished);
  }
  const problems = [...convergenceProblems(members, keys), ...quietProblems(evidence)];
  const edits = evidence.edits.length - tally.neverLanded;
  return { edits, ...tally, vanished, problems, isBalanced: vanished.length === 0 && problems.length === 0 };
}

function judgeLane(
  member: MemberEvidence,
  lane: Lane,
  keys: Keys,
  tally: { readonly count: Record<Ending, number>; neverLanded: number },
  vanished: Vanished[],
): void {
  const landed = lane.edits.filter((placed) => placed.edit.unsure !== true || hasLanded(member, lane, placed, keys));
  tally.neverLanded += lane.edits.length - landed.length;
  const real: Lane = { ...lane, edits: landed };
  const spent = new Set<Told>();
  for (const placed of landed) {
    const judgement: Judgement =
      lane.group === LIFE ? judgeLife({ member, lane: real, spent }, placed) : judgeValue({ member, lane: real, keys, spent }, placed);
    if ("ending" in judgement) tally.count[judgement.ending] += 1;
    else vanished.push({ edit: placed.edit, why: judgement.why });
  }
}

function quietProblems({ edits, counts }: Evidence): readonly Problem[] {
  if (counts === undefined) return [];
  const allowed = 2 * (edits.length + counts.decisions) + counts.retries;
  if (counts.writes <= allowed) return [];
  return [{ promise: 3, memberRef: null, group: null, what: `${counts.writes} writes where ${allowed} are allowed` }];
}
