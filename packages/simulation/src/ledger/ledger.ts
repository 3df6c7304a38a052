import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/**
 * Where an edit may end (promise 1), each with what proves it:
 *
 * - `current`: both sides hold its value.
 * - `superseded`: a later edit was made by somebody who had its value before them.
 * - `lost`: the history names the rule, its value, the value it lost to, and when.
 * - `in-conflict`: its side still holds it, and an open conflict shows it.
 * - `refused`: the other side would not take it, or its side's people may not make it; history, an open conflict or an
 *   open dead letter says so.
 * - `unknown`: the editor got no answer, others gave the same value (a clear, a life), and no evidence shows whether this
 *   edit happened. An edit that was answered never ends here.
 */
export type Ending = "current" | "superseded" | "lost" | "in-conflict" | "refused" | "unknown";

export const ENDINGS: readonly Ending[] = ["current", "superseded", "lost", "in-conflict", "refused", "unknown"];

/** An edit that is nowhere, and how far it was followed. Names no value. */
export interface Vanished {
  readonly edit: RecordedEdit;
  readonly why: string;
}

/** Something else that does not hold. */
export interface Problem {
  readonly promise: 1 | 2 | 3 | 4;
  readonly memberRef: MemberRef | null;
  readonly group: GroupName | null;
  readonly what: string;
}

export interface Ledger {
  /** Edits that were made; an edit without an answer is among them if it happened, or if nobody can know. */
  readonly edits: number;
  readonly count: Readonly<Record<Ending, number>>;
  /** The same, by group. */
  readonly groups: ReadonlyMap<GroupName, Readonly<Record<Ending, number>>>;
  /** Edits without an answer whose own value is nowhere; they are not counted. */
  readonly neverLanded: number;
  readonly vanished: readonly Vanished[];
  readonly problems: readonly Problem[];
  readonly isBalanced: boolean;
}

/** `edits: N = a current + b superseded + c lost to a rule + d in conflict + e refused + f unknown` */
export function balanceLine({ edits, count, vanished }: Ledger): string {
  const { current, superseded, lost, refused, unknown } = count;
  const missing = vanished.length === 0 ? "" : ` + ${vanished.length} VANISHED`;
  return `edits: ${edits} = ${current} current + ${superseded} superseded + ${lost} lost to a rule + ${count["in-conflict"]} in conflict + ${refused} refused + ${unknown} unknown${missing}`;
}
