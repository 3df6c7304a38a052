import type { SoakSample } from "../soak/run.ts";
import { table } from "./table.ts";

/** By how much a service holds more at the end than at the first sample, in percent. */
export function driftOf(samples: readonly SoakSample[], service: string): number {
  const first = samples[0]?.restMiB[service] ?? Number.NaN;
  const last = samples.at(-1)?.restMiB[service] ?? Number.NaN;
  return ((last - first) / first) * 100;
}

/** The soak for people. */
export function soakReport(samples: readonly SoakSample[]): string {
  const services = Object.keys(samples[0]?.restMiB ?? {});
  const rows = samples.map(({ changes, restMiB, peakMiB }) => [
    changes.toLocaleString("en"),
    ...services.map((service) => `${restMiB[service]} (${peakMiB[service]})`),
  ]);
  const drift = ["drift", ...services.map((service) => `${driftOf(samples, service).toFixed(0)} %`)];
  return [
    "Memory of each service at rest after so many changes, in MiB (in brackets: the most it ever held)",
    "",
    table(["changes", ...services], [...rows, drift]),
  ].join("\n");
}
