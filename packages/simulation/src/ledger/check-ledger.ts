import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import { convergenceProblems } from "./convergence.ts";
import { keysOf, type Keys } from "./edit-keys.ts";
import type { Evidence } from "./evidence.ts";
import { indexLane } from "./index-lane.ts";
import { judgeLife } from "./judge-life.ts";
import { judgeValue } from "./judge-value.ts";
import { byMember, type Lane, type MemberEvidence, type Told } from "./lane.ts";
import { ENDINGS, type Ending, type Ledger, type Problem, type Vanished } from "./ledger.ts";
import { sortUnanswered } from "./unanswered.ts";
import { versionProblems } from "./versions.ts";
import { wronglyContested } from "./wrongly-contested.ts";

/** A ledger that is being drawn up. */
interface Draft {
  readonly groups: Map<GroupName, Record<Ending, number>>;
  neverLanded: number;
  readonly vanished: Vanished[];
  readonly problems: Problem[];
}

/**
 * The ledger of promise 1: follows every edit that people made to where it ended, and counts. Pure, and linear in what
 * it is given. Nothing is believed that the evidence does not show: an edit without a proof has vanished.
 *
 * Besides, promise 4: no edit was called concurrent with what its maker had before them. With hubs it also checks
 * promise 2 (what is not parked is equal on both sides and in the hub), with counts promise 3.
 */
export function checkLedger(evidence: Evidence): Ledger {
  const keys = keysOf(evidence);
  const members = byMember(evidence);
  const draft: Draft = { groups: new Map(), neverLanded: 0, vanished: [], problems: [] };
  for (const member of members.values()) {
    settleUnanswered(member, keys, draft);
    for (const lane of member.lanes.values()) judgeLane(member, lane, keys, draft);
  }
  const chain = evidence.isWholeHistory === true ? versionProblems(members, keys) : [];
  const problems = [...draft.problems, ...convergenceProblems(members, keys), ...chain, ...quietProblems(evidence)];
  const { groups, neverLanded, vanished } = draft;
  const count = nothing();
  for (const ofGroup of groups.values()) for (const ending of ENDINGS) count[ending] += ofGroup[ending];
  const edits = evidence.edits.length - neverLanded;
  return { edits, count, groups, neverLanded, vanished, problems, isBalanced: vanished.length === 0 && problems.length === 0 };
}

function nothing(): Record<Ending, number> {
  return { current: 0, superseded: 0, lost: 0, "in-conflict": 0, refused: 0, unknown: 0 };
}

/** First of all, so that an edit that perhaps never was proves nothing about another. */
function settleUnanswered(member: MemberEvidence, keys: Keys, draft: Draft): void {
  for (const lane of member.lanes.values()) {
    if (!lane.edits.some(({ edit }) => edit.unsure === true)) continue;
    const { made, unknown, neverLanded } = sortUnanswered(member, lane, keys);
    draft.neverLanded += neverLanded;
    if (unknown > 0) countOf(draft, lane.group).unknown += unknown;
    lane.edits.splice(0, lane.edits.length, ...made);
  }
}

function countOf({ groups }: Draft, group: GroupName): Record<Ending, number> {
  const count = groups.get(group) ?? nothing();
  groups.set(group, count);
  return count;
}

function judgeLane(member: MemberEvidence, lane: Lane, keys: Keys, draft: Draft): void {
  if (lane.edits.length === 0) return;
  const spent = new Set<Told>();
  const indexed = indexLane(lane, keys);
  const count = countOf(draft, lane.group);
  for (const placed of lane.edits) {
    const judgement = lane.group === LIFE ? judgeLife({ member, lane, spent }, placed) : judgeValue(member, indexed, placed, spent);
    if ("ending" in judgement) count[judgement.ending] += 1;
    else draft.vanished.push({ edit: placed.edit, why: judgement.why });
  }
  for (const { edit } of wronglyContested(indexed)) {
    const what = `edit ${edit.id} was called concurrent with the value that its maker had before them`;
    draft.problems.push({ promise: 4, memberRef: member.memberRef, group: lane.group, what });
  }
}

function quietProblems({ edits, counts }: Evidence): readonly Problem[] {
  if (counts === undefined) return [];
  const allowed = 2 * (edits.length + counts.decisions) + counts.retries;
  if (counts.writes <= allowed) return [];
  return [{ promise: 3, memberRef: null, group: null, what: `${counts.writes} writes where ${allowed} are allowed` }];
}
