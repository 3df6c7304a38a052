import type { Spread } from "../measure/percentiles.ts";
import type { ArmSummary, SizeSummary } from "./bulk-summary.ts";
import { table } from "./table.ts";

/** The bulk run for people. */
export function bulkReport(sizes: readonly SizeSummary[]): string {
  return sizes.map(reportSize).join("\n\n");
}

function reportSize({ members, changes, delayMs, rounds, arms }: SizeSummary): string {
  const title = `${n(changes)} changes each way at once, ${n(members)} members, Django at ${delayMs} ms per request (median of ${rounds})`;
  return [title, "", speedTable(arms), "", costTable(arms)].join("\n");
}

const SPEED_HEAD = [
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

function speedTable(arms: readonly ArmSummary[]): string {
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
  return table(SPEED_HEAD, rows);
}

const COST_HEAD = ["arm", "reads/change", "writes/change", "messages/change", "Firestore calls/change", "CPU ms (peak MiB) by process"];

function costTable(arms: readonly ArmSummary[]): string {
  const rows = arms.map(({ label, perChange, cpuMs, peakMiB }) => [
    label,
    count(perChange?.reads),
    count(perChange?.writes),
    count(perChange?.messages),
    count(perChange?.calls),
    Object.entries(cpuMs)
      .map(([name, ms]) => `${name} ${n(ms)} (${n(peakMiB[name] ?? Number.NaN)})`)
      .join(", "),
  ]);
  return table(COST_HEAD, rows);
}

function n(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function times(ratio: Spread | undefined): string {
  return ratio === undefined ? "–" : ratio.median.toFixed(2);
}

function count(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(2);
}
