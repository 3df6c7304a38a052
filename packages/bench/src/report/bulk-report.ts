import type { Spread } from "../measure/percentiles.ts";
import type { ArmSummary, SizeSummary } from "./bulk-summary.ts";
import { table } from "./table.ts";

/** The bulk run for people. */
export function bulkReport(sizes: readonly SizeSummary[]): string {
  return sizes.map(reportSize).join("\n\n\n");
}

function reportSize({ members, changes, delayMs, rounds, arms }: SizeSummary): string {
  const title = `${n(changes)} changes each way at once, ${n(members)} members, Django at ${delayMs} ms per request (median of ${rounds})`;
  return [title, speedTable(arms), costTable(arms), processTable(arms)].join("\n\n");
}

function speedTable(arms: readonly ArmSummary[]): string {
  const head = [
    "arm",
    "changes/s",
    "(min–max)",
    "× seed",
    "× webhooks",
    "× floor",
    "→Firestore/s",
    "→Django/s",
    "p50 ms",
    "p90 ms",
    "p99 ms",
  ];
  const rows = arms.map((arm) => [
    arm.label,
    n(arm.perSecond.median),
    `(${n(arm.perSecond.min)}–${n(arm.perSecond.max)})`,
    times(arm.toSeed),
    times(arm.toWebhooks),
    times(arm.toFloor),
    n(arm.toFirestorePerSecond),
    n(arm.toDjangoPerSecond),
    n(arm.latencyMs.p50),
    n(arm.latencyMs.p90),
    n(arm.latencyMs.p99),
  ]);
  return table(head, rows);
}

/** What the arms have in common: the processes that serve them all. */
const SHARED = { firestore: "Firestore", pubsub: "Pub/Sub", django: "Django", bench: "bench" } as const;

function costTable(arms: readonly ArmSummary[]): string {
  const head = ["for each change", "reads", "writes", "messages", "Firestore calls", "CPU ms: arm", ...Object.values(SHARED)];
  const rows = arms.map(({ label, perChange, cpuMs, changes }) => {
    const own = ownOf(cpuMs).reduce((sum, [, ms]) => sum + ms, 0);
    const shared = Object.keys(SHARED).map((name) => cpuMs[name]);
    const counts = [perChange?.reads, perChange?.writes, perChange?.messages, perChange?.calls];
    return [label, ...counts.map(two), ...[own, ...shared].map((ms) => two(ms === undefined ? undefined : ms / (2 * changes)))];
  });
  return table(head, rows);
}

function processTable(arms: readonly ArmSummary[]): string {
  const rows = arms.flatMap(({ label, cpuMs, peakMiB }) =>
    ownOf(cpuMs).map(([name, ms]) => [label.startsWith(name) ? label : `${label}: ${name}`, n(ms), n(peakMiB[name] ?? Number.NaN)]),
  );
  return table(["process", "CPU ms", "peak MiB"], rows);
}

function ownOf(cpuMs: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(cpuMs).filter(([name]) => !Object.hasOwn(SHARED, name));
}

function n(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function times(ratio: Spread | undefined): string {
  return two(ratio?.median);
}

function two(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(2);
}
