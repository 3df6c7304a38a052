import type { LatencyResult } from "../latency/run.ts";
import { percentile } from "../measure/percentiles.ts";

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** One direction of one delivery, in ms. */
export interface WaySummary {
  readonly delivery: "push" | "pull";
  readonly way: "to-firestore" | "to-django";
  readonly edits: number;
  readonly memberSync: Quantiles;
  readonly hops: Quantiles;
  readonly commit: Quantiles;
  readonly apply: Quantiles;
  /** Of the three together, as measured one after another. */
  readonly parts: Quantiles;
  readonly toParts: Quantiles;
  /** From the commit of the edit until a service hears that there is something: Django's nudge, Firestore's event. */
  readonly notice: Quantiles;
  readonly webhook: Quantiles;
}

export function summariseLatency(results: readonly LatencyResult[]): readonly WaySummary[] {
  return results.flatMap((result) => (["to-firestore", "to-django"] as const).map((way) => summariseWay(result, way)));
}

function summariseWay({ delivery, crossings, parts, webhooks }: LatencyResult, way: WaySummary["way"]): WaySummary {
  const own = crossings.filter((crossing) => crossing.way === way);
  const applyName = way === "to-django" ? "applyDjango" : "applyFirestore";
  const memberSync = quantiles(own.map(({ dueAt, arrivedAt }) => arrivedAt - dueAt));
  const sums = quantiles(parts.map((part) => part.hops + part.commit + part[applyName]));
  return {
    delivery,
    way,
    edits: own.length,
    memberSync,
    hops: quantiles(parts.map(({ hops }) => hops)),
    commit: quantiles(parts.map(({ commit }) => commit)),
    apply: quantiles(parts.map((part) => part[applyName])),
    parts: sums,
    toParts: { p50: memberSync.p50 / sums.p50, p99: memberSync.p99 / sums.p99 },
    notice: quantiles(own.flatMap(({ committedAt, noticedAt }) => (noticedAt === undefined ? [] : [noticedAt - committedAt]))),
    webhook: quantiles(webhooks.filter((crossing) => crossing.way === way).map(({ dueAt, arrivedAt }) => arrivedAt - dueAt)),
  };
}

function quantiles(values: readonly number[]): Quantiles {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}
