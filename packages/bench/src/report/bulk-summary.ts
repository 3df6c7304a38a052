import type { Bill } from "@member-sync/local-stack/bill.ts";
import type { BulkResult } from "../bulk/run.ts";
import { median, percentile, spreadOf, type Spread } from "../measure/percentiles.ts";
import { ratiosTo } from "../measure/ratios.ts";

/** One arm at one size, over all rounds. */
export interface ArmSummary {
  readonly label: string;
  /** On each side. */
  readonly changes: number;
  readonly perSecond: Spread;
  readonly toFirestorePerSecond: number;
  readonly toDjangoPerSecond: number;
  readonly toSeed: Spread | undefined;
  readonly toFloor: Spread | undefined;
  readonly toWebhooks: Spread | undefined;
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Medians over the rounds. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** The highest of all rounds. */
  readonly peakMiB: Readonly<Record<string, number>>;
  /** For each change of either direction. */
  readonly perChange: Bill | undefined;
}

export interface SizeSummary {
  readonly members: number;
  readonly changes: number;
  readonly delayMs: number;
  readonly rounds: number;
  readonly arms: readonly ArmSummary[];
}

/** What the rounds come to, size by size in the order in which they were played. */
export function summarise(results: readonly BulkResult[]): readonly SizeSummary[] {
  const sizes = Map.groupBy(results, ({ members, changes, delayMs }) => `${members} ${changes} ${delayMs}`);
  return [...sizes.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const labels = [...new Set(of.map(({ label }) => label))].sort(byTable);
    const { members, changes, delayMs } = first;
    const rounds = new Set(of.map(({ round }) => round)).size;
    return [{ members, changes, delayMs, rounds, arms: labels.map((label) => summariseArm(label, of)) }];
  });
}

const ORDER = ["seed", "webhooks", "floor", "member-sync"];

function byTable(a: string, b: string): number {
  const place = (label: string) => ORDER.findIndex((name) => label.startsWith(name));
  return place(a) - place(b) || Number(a > b) - Number(a < b);
}

function summariseArm(label: string, of: readonly BulkResult[]): ArmSummary {
  const own = of.filter((result) => result.label === label);
  const rates = of.map(({ label: name, round, perSecond }) => ({ label: name, round, value: perSecond }));
  const latencies = own.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    label,
    changes: own[0]?.changes ?? 0,
    perSecond: spreadOf(own.map(({ perSecond }) => perSecond)),
    toFirestorePerSecond: median(own.map(({ changes, toFirestoreSeconds }) => changes / toFirestoreSeconds)),
    toDjangoPerSecond: median(own.map(({ changes, toDjangoSeconds }) => changes / toDjangoSeconds)),
    toSeed: ratiosTo(rates, label, "seed"),
    toFloor: ratiosTo(rates, label, floorOf(label)),
    toWebhooks: ratiosTo(rates, label, "webhooks"),
    latencyMs: { p50: percentile(latencies, 0.5), p90: percentile(latencies, 0.9), p99: percentile(latencies, 0.99) },
    cpuMs: combined(
      own.map(({ cpuMs }) => cpuMs),
      median,
    ),
    peakMiB: combined(
      own.map(({ peakMiB }) => peakMiB),
      (values) => Math.max(...values),
    ),
    perChange: perChangeOf(own),
  };
}

/** The floor of the same delivery. */
function floorOf(label: string): string {
  return label.endsWith("pull") ? "floor pull" : "floor push";
}

function combined(
  records: readonly Readonly<Record<string, number>>[],
  by: (values: readonly number[]) => number,
): Readonly<Record<string, number>> {
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  return Object.fromEntries([...names].map((name) => [name, Math.round(by(records.flatMap((record) => record[name] ?? [])))]));
}

function perChangeOf(own: readonly BulkResult[]): Bill | undefined {
  const counted = own.flatMap(({ counts, changes }) => (counts === undefined ? [] : [{ counts, edits: 2 * changes }]));
  if (counted.length === 0) return undefined;
  const per = (name: keyof Bill) => median(counted.map(({ counts, edits }) => counts[name] / edits));
  return { calls: per("calls"), reads: per("reads"), writes: per("writes"), messages: per("messages") };
}
