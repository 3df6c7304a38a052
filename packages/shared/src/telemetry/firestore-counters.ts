import type { FirestoreCounters } from "../firestore/count-calls.ts";
import type { Metrics } from "./metrics.ts";

/** What this process asks of Firestore, as metrics: what the bill is made of. */
export function firestoreCounters(metrics: Metrics): FirestoreCounters {
  const calls = metrics.counter("membersync_firestore_calls_total", "Calls to Firestore, whatever their size");
  const reads = metrics.counter("membersync_firestore_reads_total", "Documents read from Firestore, as they are billed");
  const writes = metrics.counter("membersync_firestore_writes_total", "Documents written to Firestore, as they are billed");
  return {
    calls: (count) => calls.inc(count),
    reads: (count) => reads.inc(count),
    writes: (count) => writes.inc(count),
  };
}
