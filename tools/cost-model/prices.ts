/**
 * A list price in US dollars, as last seen. None was looked up on the day the table was made: `source` has today's.
 * `free` is what each month (or day, where the unit says so) costs nothing.
 */
export interface Price {
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  readonly free: number;
  readonly asOf: string;
  readonly source: string;
}

const FIRESTORE = { asOf: "2025", source: "https://cloud.google.com/firestore/pricing" };
const PUBSUB = { asOf: "2026-09-20", source: "https://cloud.google.com/pubsub/pricing" };
const RUN = { asOf: "2025", source: "https://cloud.google.com/run/pricing" };
const SCHEDULER = { asOf: "2025", source: "https://cloud.google.com/scheduler/pricing" };

const GIB = 2 ** 30;

/** Firestore in the multi-region `eur3` (a regional database costs about half), Cloud Run in `europe-north1` (tier 1). */
export const PRICES = {
  reads: { usd: 0.06, per: 100_000, unit: "document reads; free per day", free: 50_000, ...FIRESTORE },
  writes: { usd: 0.18, per: 100_000, unit: "document writes; free per day", free: 20_000, ...FIRESTORE },
  storage: { usd: 0.18, per: GIB, unit: "bytes stored for a month, indexes included", free: GIB, ...FIRESTORE },
  throughput: { usd: 40, per: 2 ** 40, unit: "bytes published or delivered, 1,000 at least per request", free: 10 * GIB, ...PUBSUB },
  instanceCpu: { usd: 0.000018, per: 1, unit: "vCPU-second, billed by instance", free: 240_000, ...RUN },
  instanceMemory: { usd: 0.000002, per: 1, unit: "GiB-second, billed by instance", free: 450_000, ...RUN },
  requestCpu: { usd: 0.000024, per: 1, unit: "vCPU-second, billed by request", free: 180_000, ...RUN },
  requestMemory: { usd: 0.0000025, per: 1, unit: "GiB-second, billed by request", free: 360_000, ...RUN },
  requests: { usd: 0.4, per: 1_000_000, unit: "requests, where billed by request", free: 2_000_000, ...RUN },
  schedules: { usd: 0.1, per: 1, unit: "scheduled job", free: 3, ...SCHEDULER },
} as const satisfies Readonly<Record<string, Price>>;
