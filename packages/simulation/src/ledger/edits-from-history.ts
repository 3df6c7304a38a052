import type { HistoryEntry, HistoryRecord } from "@member-sync/reconciler/core/history.ts";
import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { plainKey } from "./keys.ts";
import { revOf } from "./lane.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/** One member, as far as the history has been read. */
interface SoFar {
  /** What each side holds, by group, once what was accepted has arrived there. */
  readonly stands: Readonly<Record<Side, Record<GroupName, GroupValue>>>;
  readonly known: Set<string>;
}

/**
 * The edits that a history tells of, for an installation where nobody wrote down what people did. An edit that the
 * history has never heard of cannot be found this way; that one which it tells of did not end well, can.
 */
export function editsFromHistory(history: readonly HistoryRecord[]): readonly RecordedEdit[] {
  const members = new Map<MemberRef, SoFar>();
  return [...history]
    .sort((a, b) => revOf(a) - revOf(b))
    .flatMap((record) => {
      const soFar = members.get(record.memberRef) ?? { stands: { django: {}, firestore: {} }, known: new Set() };
      members.set(record.memberRef, soFar);
      return record.entries.flatMap((entry, at) => {
        const edit = editOf(record, entry, at, soFar);
        follow(soFar, entry);
        return edit === undefined ? [] : [edit];
      });
    });
}

function editOf(record: HistoryRecord, entry: HistoryEntry, at: number, { stands, known }: SoFar): RecordedEdit | undefined {
  const { group, side, value, changedAt, outcome } = entry;
  if (side === "hub" || outcome === "unmapped" || isSecondWord(known, entry)) return undefined;
  const edit = { id: `${record.id}.${at}`, side, memberRef: record.memberRef, group, value, at: changedAt };
  if (group === LIFE && value === "deleted") return { ...edit, saw: "alive", sawRecord: { ...stands[side] } };
  if (group === LIFE) return { ...edit, saw: "deleted" };
  // While a conflict is open nothing is written: there, the side's own last value is what its next editor had.
  const before = entry.rule === "open-conflict" || entry.rule === "equal-again" ? stands[side][group] : undefined;
  return { ...edit, ...(before !== undefined && { looked: before }) };
}

/** One edit may be told several times: accepted, then lost or rejected. It keeps its value and its time; a decision tells of none. */
function isSecondWord(known: Set<string>, { group, value, changedAt, outcome, rule }: HistoryEntry): boolean {
  const name = `${group} ${changedAt} ${plainKey(group, value)}`;
  const isKnown = known.has(name) || (outcome === "lost" && rule === "decision");
  known.add(name);
  return isKnown;
}

function follow({ stands }: SoFar, { group, side, value, outcome }: HistoryEntry): void {
  const isTaken = outcome === "accepted" || outcome === "converged" || outcome === "decided";
  if (group === LIFE || outcome === "refused" || outcome === "unmapped") return;
  for (const each of SIDES) if (isTaken || (each === side && outcome === "parked")) stands[each][group] = value;
}
