import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Conflict } from "../../core/conflict.ts";
import type { HistoryRecord } from "../../core/history.ts";
import type { Control, DeadLetter, Run, StoredHub } from "../../app/ports.ts";
import type { RunLease } from "../run-lease.ts";

/** A history record with the hub rev of the commit that stored it: the order of a timeline. */
export interface StoredHistory {
  readonly rev: number;
  readonly record: HistoryRecord;
}

/** What the memory adapters hold. One state is shared by the stores that one commit writes to. */
export interface MemoryState {
  readonly hubs: Map<MemberRef, StoredHub>;
  readonly conflicts: Map<string, Conflict>;
  readonly history: Map<MemberRef, Map<string, StoredHistory>>;
  readonly deadLetters: Map<string, DeadLetter>;
  readonly runs: Map<string, Run>;
  readonly leases: Map<Run["type"], RunLease>;
  readonly fieldMaps: Map<string, FieldMapSignature>;
  control: Control | undefined;
}

export function createMemoryState(): MemoryState {
  return {
    hubs: new Map(),
    conflicts: new Map(),
    history: new Map(),
    deadLetters: new Map(),
    runs: new Map(),
    leases: new Map(),
    fieldMaps: new Map(),
    control: undefined,
  };
}
