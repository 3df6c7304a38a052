import type { HistoryEntry } from "@member-sync/reconciler/core/history.ts";

const TAKEN: ReadonlySet<HistoryEntry["outcome"]> = new Set(["accepted", "converged", "agreed", "decided"]);

/** Whether the value of such an entry became, or already was, the agreed value. */
export function isTaken(outcome: HistoryEntry["outcome"]): boolean {
  return TAKEN.has(outcome);
}
