import { expect, test } from "vitest";
import { driftOf } from "./soak-report.ts";

test("drift is what a service holds more at the end than at the first look", () => {
  const sample = (changes: number, tracker: number) => ({ changes, restMiB: { tracker }, peakMiB: { tracker: 300 } });
  expect(driftOf([sample(10_000, 100), sample(20_000, 180), sample(30_000, 110)], "tracker")).toBeCloseTo(10);
});
