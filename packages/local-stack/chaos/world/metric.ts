import { metricIn, metricsOf } from "../../src/service-metrics.ts";

/** What a service counts under a name, with all of `labels`; 0 where it has not counted yet. */
export async function metricOf(url: string, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  return metricIn(await metricsOf(url), name, labels) ?? 0;
}
