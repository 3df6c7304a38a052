import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { FlushOutcome } from "../../app/flush.ts";
import type { LookOutcome, LookReport, LookRequest } from "../../app/look.ts";
import type { Control, DeadLetter, Page, Run, Suspicion } from "../../app/ports.ts";
import type { Confirmation, RestoreRequest } from "../../app/restores.ts";
import type { LetterOutcome, ReplayOutcome } from "../../app/replay-dead-letters.ts";
import type { DecisionOutcome, DecisionRequest } from "../../app/resolve-conflict.ts";
import type { SweepReport } from "../../app/sweep.ts";
import type { Conflict } from "../../core/conflict.ts";
import type { HistoryRecord } from "../../core/history.ts";
import type { Hub, Instant } from "../../core/hub.ts";
import type { Direction } from "../../core/policy.ts";

/** How the sync stands now. */
export interface Status extends Control {
  /** Sides that seem to have been restored from a backup, with how many members wait, counted up to a bound. */
  readonly suspicions: readonly (Suspicion & { readonly members: number })[];
  readonly mode: "realtime" | "scheduled";
  readonly openConflicts: number;
  readonly openDeadLetters: number;
  readonly lastRun: Run | null;
  /** Members that wait, by reason; counted up to a bound where there are many. */
  readonly backlog?: { readonly inFlight: number; readonly waiting: number; readonly due: number };
}

/** A member as the hub knows it, and since when both sides have been equal (`null` while they are not). */
export interface MemberView {
  readonly hub: Hub;
  readonly inSync: boolean;
  readonly inSyncSince: Instant | null;
}

export interface ConflictQuery {
  readonly state: Conflict["state"] | "all";
  readonly memberRef?: MemberRef;
}

interface DeadLetterQuery {
  readonly state: DeadLetter["state"] | "all";
  readonly cause?: string;
}

/** All that the HTTP API can ask for. Trouble is thrown as a SyncError; what can be foreseen is an outcome. */
export interface UseCases {
  status(): Promise<Status>;
  lookup(
    kennitala: string,
  ): Promise<{ readonly kind: "found"; readonly memberRef: MemberRef } | { readonly kind: "invalid"; readonly reason: string }>;
  member(memberRef: MemberRef): Promise<MemberView | undefined>;
  timeline(memberRef: MemberRef, cursor: string | null, limit: number): Promise<Page<HistoryRecord>>;
  conflicts(query: ConflictQuery, cursor: string | null, limit: number): Promise<Page<Conflict>>;
  conflict(id: string): Promise<Conflict | undefined>;
  decide(id: string, decision: DecisionRequest, actor: string | null): Promise<DecisionOutcome>;
  deadLetters(query: DeadLetterQuery, cursor: string | null, limit: number): Promise<Page<DeadLetter>>;
  replay(id: string, actor: string | null): Promise<LetterOutcome>;
  discard(id: string, reason: string, actor: string | null): Promise<LetterOutcome>;
  /** Replays the open letters that match, at most `ratePerSecond` of them a second. */
  replayMany(filter: { readonly cause?: string }, ratePerSecond: number, actor: string | null): Promise<ReplayOutcome>;
  runs(cursor: string | null, limit: number): Promise<Page<Run>>;
  flush(): Promise<FlushOutcome>;
  control(
    change: { readonly paused?: boolean; readonly direction?: Direction; readonly reason?: string | null },
    actor: string | null,
  ): Promise<Control>;
  /** An operator says that a side was restored from a backup. */
  confirmRestore(request: RestoreRequest, actor: string | null): Promise<Confirmation>;
  /** Asks the sides what they hold now of every member, without writing anything. */
  backfill(request: LookRequest): Promise<LookOutcome>;
  /** The same of one member; `undefined` for one never heard of. */
  syncMember(memberRef: MemberRef): Promise<LookReport["looks"] | undefined>;
  sweep(): Promise<SweepReport>;
}
