import { Timestamp, type DocumentData } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { z } from "zod";
import type { Run } from "../../app/ports.ts";
import type { RunLease } from "../run-lease.ts";

const instant = z.instanceof(Timestamp).transform((timestamp) => timestamp.toMillis());
const count = z.object({ success: z.number(), failed: z.number() });
const storedRun = z.object({
  type: z.enum(["flush", "backfill", "audit", "repair", "replay"]),
  status: z.enum(["running", "success", "failed"]),
  stats: z.object({ firestore_to_django: count, django_to_firestore: count, conflicts: z.number() }),
  started_at: instant,
  completed_at: instant.nullable(),
  error: z.string().nullable(),
});
const storedLease = z.object({ runId: z.string(), expiresAt: instant });

/** A run as `sync_logs` keeps it: the seed's names, and its times as Firestore's own. */
export function runFields(run: Run): DocumentData {
  const { type, status, stats, error } = run;
  const completed = run.completed_at === null ? null : toTimestamp(run.completed_at);
  return { type, status, stats: structuredClone(stats), error, started_at: toTimestamp(run.started_at), completed_at: completed };
}

export function readRun(fields: DocumentData, id: string): Run {
  const parsed = storedRun.safeParse(fields);
  invariant(parsed.success, "a stored run is readable");
  return { id, ...parsed.data };
}

export function startedAt(fields: DocumentData): number {
  return readRun(fields, "").started_at;
}

export function toTimestamp(at: number): Timestamp {
  return Timestamp.fromMillis(at);
}

/** A lease, or the mark of one that was given back. */
export function leaseFields(lease: RunLease | undefined): DocumentData {
  return { runId: lease?.runId ?? null, expiresAt: lease === undefined ? null : toTimestamp(lease.expiresAt) };
}

export function readLease(fields: DocumentData | undefined): RunLease | undefined {
  const parsed = storedLease.safeParse(fields);
  return parsed.success ? parsed.data : undefined;
}
