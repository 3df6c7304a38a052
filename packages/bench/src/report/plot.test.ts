import { expect, test } from "vitest";
import type { ArmSummary } from "./bulk-summary.ts";
import { plot } from "./plot.ts";

function arm(label: string, perSecond: number): ArmSummary {
  return {
    label,
    changes: 1_000,
    perSecond: { median: perSecond, min: perSecond / 2, max: perSecond },
    toFirestorePerSecond: 0,
    toDjangoPerSecond: 0,
    toSeed: undefined,
    toFloor: undefined,
    toWebhooks: undefined,
    latencyMs: { p50: 0, p90: 0, p99: 0 },
    cpuMs: {},
    peakMiB: {},
    perChange: undefined,
  };
}

test("the fastest arm has the longest bar, the others their share of it", () => {
  const svg = plot([{ members: 1_200, changes: 1_000, delayMs: 0, rounds: 3, arms: [arm("seed", 250), arm("member-sync push", 1_000)] }]);
  expect([...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => match[1])).toEqual(["105.0", "420.0"]);
  expect(svg).toContain(">1,000</text>");
  expect(svg.match(/<svg/g)).toHaveLength(1);
});
