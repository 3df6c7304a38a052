import { expect, test } from "vitest";
import type { BulkResult } from "../bulk/run.ts";
import { summarise } from "./bulk-summary.ts";

function result(over: Partial<BulkResult>): BulkResult {
  return {
    label: "seed",
    round: 0,
    members: 1_200,
    changes: 100,
    delayMs: 0,
    seconds: 1,
    toFirestoreSeconds: 1,
    toDjangoSeconds: 0.5,
    perSecond: 200,
    latenciesMs: [10, 20],
    cpuMs: { django: 100 },
    peakMiB: { django: 50 },
    counts: { calls: 200, reads: 100, writes: 400, messages: 0 },
    ...over,
  };
}

test("each size stands by itself, its arms in the order of the table, with ratios and counts for each change", () => {
  const sizes = summarise([
    result({ label: "member-sync pull", perSecond: 900 }),
    result({ label: "floor pull", perSecond: 1_000 }),
    result({ label: "floor push", perSecond: 500 }),
    result({}),
    result({ round: 1, perSecond: 100, cpuMs: { django: 300 }, peakMiB: { django: 70 } }),
    result({ changes: 1_000, counts: undefined }),
  ]);
  expect(sizes.map(({ changes, rounds }) => [changes, rounds])).toEqual([
    [100, 2],
    [1_000, 1],
  ]);
  const [seed, floorPull, floorPush, memberSync] = sizes[0]?.arms ?? [];
  expect([seed, floorPull, floorPush, memberSync].map((arm) => arm?.label)).toEqual([
    "seed",
    "floor pull",
    "floor push",
    "member-sync pull",
  ]);
  expect(seed).toMatchObject({
    perSecond: { median: 150, min: 100, max: 200 },
    toDjangoPerSecond: 200,
    cpuMs: { django: 200 },
    peakMiB: { django: 70 },
    perChange: { calls: 1, reads: 0.5, writes: 2, messages: 0 },
  });
  expect(memberSync?.toFloor?.median).toBe(0.9);
  expect(memberSync?.toSeed?.median).toBe(4.5);
  expect(sizes[1]?.arms[0]?.perChange).toBeUndefined();
});
