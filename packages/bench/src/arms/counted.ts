import type { Firestore } from "@google-cloud/firestore";
import type { Bill } from "@member-sync/local-stack/bill.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";

/** A Firestore client whose operations are counted as member-sync counts its own. */
export interface Counted {
  readonly firestore: Firestore;
  readonly counts: { -readonly [K in keyof Bill]: number };
}

/** Calls may take long where an arm sends many at once; the emulator's own deadline holds. */
const DEADLINE_MS = 60_000;

export function countedFirestore(projectId: string, emulatorHost: string): Counted {
  const counts = { calls: 0, reads: 0, writes: 0, messages: 0 };
  const counters = {
    calls: (count: number) => void (counts.calls += count),
    reads: (count: number) => void (counts.reads += count),
    writes: (count: number) => void (counts.writes += count),
  };
  return { firestore: createFirestore({ projectId, emulatorHost, deadlineMs: DEADLINE_MS, counters }), counts };
}
