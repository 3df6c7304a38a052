import type { Quantiles, WaySummary } from "./latency-summary.ts";
import { table } from "./table.ts";

const HEAD = [
  "p50 / p99, ms",
  "member-sync",
  "sum of its parts",
  "ratio",
  "= two hops",
  "+ commit",
  "+ apply",
  "until heard of",
  "bare webhook",
];
const WAYS = { "to-firestore": "Django → Firestore", "to-django": "Firestore → Django" } as const;

/** The latency run for people. */
export function latencyReport(ways: readonly WaySummary[]): string {
  const rows = ways.map((summary) => [
    `${WAYS[summary.way]}, ${summary.delivery}`,
    ms(summary.memberSync),
    ms(summary.parts),
    `${summary.toParts.p50.toFixed(2)} / ${summary.toParts.p99.toFixed(2)}`,
    ms(summary.hops),
    ms(summary.commit),
    ms(summary.apply),
    ms(summary.notice),
    ms(summary.webhook),
  ]);
  const edits = ways[0]?.edits ?? 0;
  return [
    `A quiet system, ${edits} edits each way, from the moment an edit is due until it can be read on the other side`,
    "",
    table(HEAD, rows),
    "",
    "The parts were measured between the edits, each by itself. 'Until heard of' is no part of their sum: Django's nudge, and",
    "Firestore's event, which comes by the emulator's trigger and the relay that stands for Eventarc.",
  ].join("\n");
}

function ms({ p50, p99 }: Quantiles): string {
  return [p50, p99]
    .map((value) => (Number.isFinite(value) ? (value < 10 ? value.toFixed(1) : String(Math.round(value))) : "–"))
    .join(" / ");
}
