import type { Conflict } from "@member-sync/reconciler/core/conflict.ts";
import type { HistoryRecord } from "@member-sync/reconciler/core/history.ts";
import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName, GroupValue, Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/** What one side holds of a member in the end. */
export interface Standing {
  readonly life: Life;
  readonly record: MemberRecord;
}

export interface FinalMember {
  readonly memberRef: MemberRef;
  readonly django: Standing;
  readonly firestore: Standing;
}

/** A message given up on; `data` is the text that a replay would publish. */
export interface LedgerDeadLetter {
  readonly memberRef: MemberRef | null;
  readonly state: "open" | "replayed" | "discarded";
  readonly data: string;
}

/** Everything that is known when people have stopped and messages have ended. */
export interface Evidence {
  /** In the order in which they were made. */
  readonly edits: readonly RecordedEdit[];
  readonly members: readonly FinalMember[];
  readonly history: readonly HistoryRecord[];
  readonly conflicts: readonly Conflict[];
  readonly deadLetters: readonly LedgerDeadLetter[];
  /** With them promise 2 covers the hub too. */
  readonly hubs?: readonly Hub[];
  /** No history was thrown away and no hub put back from a copy: each version of a group is told, and each once. */
  readonly isWholeHistory?: boolean;
  /** With them promise 3 is checked. */
  readonly counts?: { readonly writes: number; readonly decisions: number; readonly retries: number };
  /** Two values of a group are one when their keys are equal; without it they are compared as they are. */
  readonly keyOf?: (group: GroupName, value: GroupValue) => string;
  /** What a side is known to make of a value that is written there (trims, changes case). */
  readonly rewrittenBy?: (side: Side, group: GroupName, value: GroupValue) => GroupValue;
}
