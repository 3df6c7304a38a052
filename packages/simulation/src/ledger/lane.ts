import type { Conflict } from "@member-sync/reconciler/core/conflict.ts";
import type { HistoryEntry, HistoryRecord } from "@member-sync/reconciler/core/history.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Evidence, FinalMember, LedgerDeadLetter } from "./evidence.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/** An edit and its place in the order in which edits were made. */
export interface Placed {
  readonly edit: RecordedEdit;
  readonly at: number;
  /** For an edit without an answer, where the time proves it: when its side took it, as the history reports. */
  readonly reportedAt?: number;
}

/** A history entry, in the order of the member's plans. */
export interface Told {
  readonly entry: HistoryEntry;
  readonly at: number;
}

/** All that is known of one group of one member. */
export interface Lane {
  readonly group: GroupName;
  readonly edits: Placed[];
  readonly told: Told[];
  open?: Conflict;
}

/** All that is known of one member. */
export interface MemberEvidence {
  readonly memberRef: MemberRef;
  readonly lanes: Map<GroupName, Lane>;
  readonly deadLetters: LedgerDeadLetter[];
  final?: FinalMember;
  hub?: Hub;
}

/** Sorts the evidence by member and group, once. */
export function byMember(evidence: Evidence): ReadonlyMap<MemberRef, MemberEvidence> {
  const members = new Map<MemberRef, MemberEvidence>();
  const of = (memberRef: MemberRef): MemberEvidence => {
    const known: MemberEvidence = members.get(memberRef) ?? { memberRef, lanes: new Map(), deadLetters: [] };
    members.set(memberRef, known);
    return known;
  };
  for (const final of evidence.members) of(final.memberRef).final = final;
  for (const hub of evidence.hubs ?? []) of(hub.memberRef).hub = hub;
  evidence.edits.forEach((edit, at) => laneOf(of(edit.memberRef), edit.group).edits.push({ edit, at }));
  let at = 0;
  for (const record of [...evidence.history].sort(byRev)) {
    const member = of(record.memberRef);
    for (const entry of record.entries) laneOf(member, groupOf(entry)).told.push({ entry, at: at++ });
  }
  for (const conflict of evidence.conflicts) {
    if (conflict.state === "open") laneOf(of(conflict.memberRef), conflict.group).open = conflict;
  }
  for (const letter of evidence.deadLetters) {
    if (letter.memberRef !== null && letter.state === "open") of(letter.memberRef).deadLetters.push(letter);
  }
  return members;
}

export function laneOf(member: MemberEvidence, group: GroupName): Lane {
  const known = member.lanes.get(group) ?? { group, edits: [], told: [] };
  member.lanes.set(group, known);
  return known;
}

/** Plans of one member are numbered: member, number and, since records carry it, the time are the parts of a record's id. */
export function revOf({ id }: Pick<HistoryRecord, "id">): number {
  return Number(id.split("-")[1]);
}

/** What a side's people may not change is told under its path: all of a member's life is one lane. */
function groupOf({ group, outcome }: HistoryEntry): GroupName {
  return outcome === "refused" && group.startsWith("membership") ? LIFE : group;
}

function byRev(a: HistoryRecord, b: HistoryRecord): number {
  return revOf(a) - revOf(b);
}
