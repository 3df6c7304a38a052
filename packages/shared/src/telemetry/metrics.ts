import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { lostLogLines } from "../runtime/logging.ts";

/** Names of a metric's labels, or each with the values it takes; then every set of them starts at 0. */
export type Labels = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** One service's metrics. Units are suffixes; labels have few values; ids belong in logs. */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter<string>;
  /** `collect` is asked at each scrape, for what the store knows and this process does not. When it fails, the last value stands. */
  gauge(name: string, help: string, labels?: Labels, collect?: (gauge: Gauge<string>) => void | Promise<void>): Gauge<string>;
  histogram(name: string, help: string, labels?: Labels, buckets?: readonly number[]): Histogram<string>;
  /** All of them in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From a millisecond to ten minutes. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600] as const;

/** A registry of its own, so that several services in one process do not meet. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge: Metrics["gauge"] = (name, help, labels = [], collect) => {
    const made: Gauge<string> = new Gauge({
      name,
      help,
      labelNames: namesOf(labels),
      registers,
      ...(collect === undefined ? {} : { collect: () => Promise.try(collect, made).catch(() => undefined) }),
    });
    return made;
  };
  gauge("membersync_log_lines_lost", "Log lines that could not be written since the process began", [], (made) => made.set(lostLogLines()));
  return {
    counter(name, help, labels = []) {
      const counter = new Counter({ name, help, labelNames: namesOf(labels), registers });
      for (const set of setsOf(labels)) counter.inc(set, 0);
      return counter;
    },
    gauge,
    histogram(name, help, labels = [], buckets = SECONDS) {
      return new Histogram({ name, help, labelNames: namesOf(labels), registers, buckets: [...buckets] });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function isNames(labels: Labels): labels is readonly string[] {
  return Array.isArray(labels);
}

function namesOf(labels: Labels): string[] {
  return isNames(labels) ? [...labels] : Object.keys(labels);
}

function setsOf(labels: Labels): readonly Record<string, string>[] {
  if (isNames(labels)) return [];
  const start: readonly Record<string, string>[] = [{}];
  return Object.entries(labels).reduce(
    (sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
    start,
  );
}
