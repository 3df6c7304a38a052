import type { Run } from "../app/ports.ts";
import type { Instant } from "../core/hub.ts";

/** Who runs a type of run now, and until when that is believed without a word from them. */
export interface RunLease {
  readonly runId: string;
  readonly expiresAt: Instant;
}

/** The lease that lets `run` begin, or `null` while somebody else's holds. */
export function takeLease(held: RunLease | undefined, run: Run, leaseMs: number): RunLease | null {
  if (held !== undefined && held.runId !== run.id && held.expiresAt > run.started_at) return null;
  return { runId: run.id, expiresAt: run.started_at + leaseMs };
}

/** A run that died holding its lease, as it shall stand in the log: failed, not running for ever. */
export function abandonedRun(run: Run, at: Instant): Run {
  return { ...run, status: "failed", completed_at: at, error: "ended without a word: its lease ran out" };
}
