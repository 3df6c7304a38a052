import { PRICES, type Price } from "./prices.ts";

/** How large the membership is and how much happens. */
export interface Workload {
  readonly members: number;
  readonly changesPerDay: number;
}

/** Documents read and written, and messages published, for one change. */
interface Counts {
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
}

/** What one change costs in counted operations, depending on where it is made and on how changes arrive. */
export interface Arrival {
  readonly name: string;
  readonly fromDjango: Counts;
  readonly fromPortal: Counts;
}

export const WORKLOADS: readonly Workload[] = [
  { members: 2_200, changesPerDay: 1_000 },
  { members: 100_000, changesPerDay: 50_000 },
  { members: 10_000_000, changesPerDay: 10_000_000 },
];

/**
 * The first two were counted, on 24 November 2026, by packages/local-stack/e2e/operation-counts.e2e.test.ts. The last is
 * the obvious build with the same records: its hub is read again for each answer, and nothing is grouped, however it arrives.
 */
export const ARRIVALS = [
  {
    name: "one by one",
    fromDjango: { reads: 2, writes: 4, messages: 3 },
    fromPortal: { reads: 1, writes: 3, messages: 3 },
  },
  {
    name: "in bursts",
    fromDjango: { reads: 1, writes: 2, messages: 0.03 },
    fromPortal: { reads: 1, writes: 3, messages: 1.38 },
  },
  {
    name: "ungrouped",
    fromDjango: { reads: 3, writes: 4, messages: 3 },
    fromPortal: { reads: 2, writes: 3, messages: 3 },
  },
] as const satisfies readonly Arrival[];

/** What the arithmetic takes for granted. Sizes are of the sample field map. */
const ASSUMPTIONS = {
  daysPerMonth: 30,
  /** How many of the changes are made in the portal. */
  portalShare: 0.5,
  /** Reads of an hour in which nothing happens. */
  idleReadsPerHour: 8,
  /** A change, its command and its answer. */
  itemBytesPerChange: 1_500,
  /** What stands around the items of a message. */
  envelopeBytes: 300,
  /** Firestore's event of the member's document, before and after; each change makes one, as an edit or as our own write. */
  eventBytes: 2_000,
  smallestBilledBytes: 1_000,
  /** Hub with its index entries, per member. */
  bytesPerMember: 4_400,
  /** History record with its index entries, per change; they are kept. */
  bytesPerChange: 1_200,
  /** Stored so far, when the bill is drawn up. */
  monthsOfHistory: 12,
  /** Processor time of each service per change. */
  cpuSecondsPerChange: 0.002,
  /** How full an instance may be before another one is started. */
  utilisation: 0.6,
  /** A request is billed for this long at least. */
  shortestBilledSeconds: 0.1,
  /** Requests to the tracker per change: the event, and the command where the change goes to Firestore. */
  trackerRequestsPerChange: 1.5,
  /** Each instance has one processor and this much memory. */
  instanceGib: 1,
  schedules: 2,
} as const;

/** A month's bill in US dollars, by what is billed. */
export type Bill = Readonly<Record<"reads" | "writes" | "storage" | "messages" | "instances" | "requests" | "schedules", number>>;

/** The bill of one month, free amounts deducted. */
export function monthlyCost({ members, changesPerDay }: Workload, arrival: Arrival): Bill {
  const a = ASSUMPTIONS;
  const changes = changesPerDay * a.daysPerMonth;
  const { reads, writes, messages } = averageOf(arrival);
  const daily = (price: Price, amount: number) => a.daysPerMonth * priced(price, amount);
  return {
    reads: daily(PRICES.reads, changesPerDay * reads + 24 * a.idleReadsPerHour),
    writes: daily(PRICES.writes, changesPerDay * writes),
    storage: priced(PRICES.storage, members * a.bytesPerMember + changes * a.monthsOfHistory * a.bytesPerChange),
    messages: priced(PRICES.throughput, changes * billedBytes(messages)),
    instances: instanceCost(changes),
    requests: requestCost(changes),
    schedules: priced(PRICES.schedules, a.schedules),
  };
}

export function total(bill: Bill): number {
  return Object.values(bill).reduce((sum, usd) => sum + usd, 0);
}

function averageOf({ fromDjango, fromPortal }: Arrival): Counts {
  const average = (of: keyof Counts) => fromDjango[of] * (1 - ASSUMPTIONS.portalShare) + fromPortal[of] * ASSUMPTIONS.portalShare;
  return { reads: average("reads"), writes: average("writes"), messages: average("messages") };
}

/** Each byte is billed when it is published and when it is delivered. */
function billedBytes(messages: number): number {
  const a = ASSUMPTIONS;
  const items = Math.max(messages * a.smallestBilledBytes, a.itemBytesPerChange + messages * a.envelopeBytes);
  return 2 * (items + Math.max(a.smallestBilledBytes, a.eventBytes));
}

/** Adapter and reconciler: one instance of each never sleeps, because the one polls and the other sweeps every minute. */
function instanceCost(changes: number): number {
  const seconds = 2 * Math.max(secondsOfMonth(), busySeconds(changes));
  return priced(PRICES.instanceCpu, seconds) + priced(PRICES.instanceMemory, seconds * ASSUMPTIONS.instanceGib);
}

/** The tracker sleeps between requests; those that overlap share an instance. */
function requestCost(changes: number): number {
  const requests = changes * ASSUMPTIONS.trackerRequestsPerChange;
  const seconds = Math.min(requests * ASSUMPTIONS.shortestBilledSeconds, Math.max(secondsOfMonth(), busySeconds(changes)));
  const compute = priced(PRICES.requestCpu, seconds) + priced(PRICES.requestMemory, seconds * ASSUMPTIONS.instanceGib);
  return compute + priced(PRICES.requests, requests);
}

function secondsOfMonth(): number {
  return ASSUMPTIONS.daysPerMonth * 86_400;
}

function busySeconds(changes: number): number {
  return (changes * ASSUMPTIONS.cpuSecondsPerChange) / ASSUMPTIONS.utilisation;
}

function priced({ usd, per, free }: Price, amount: number): number {
  return (Math.max(0, amount - free) / per) * usd;
}
