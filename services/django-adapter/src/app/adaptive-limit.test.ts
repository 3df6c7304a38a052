import { expect, test } from "vitest";
import { createAdaptiveLimit } from "./adaptive-limit.ts";

/** Requests of 200 changes, one after another, to a Django that takes `tookMs` when it has so many at once. */
function driven(most: number, tookMs: (atOnce: number) => number, requests = 200): readonly number[] {
  const limit = createAdaptiveLimit(most);
  return Array.from({ length: requests }, () => {
    limit.answered({ items: 200, tookMs: tookMs(limit.current()), wereMoreWaiting: true });
    return limit.current();
  });
}

test("it rises to the most while answers stay as fast as they were", () => {
  expect(driven(8, () => 120).slice(0, 9)).toEqual([2, 3, 4, 5, 6, 7, 8, 8, 8]);
});

test("it stays low where requests only wait for each other, as on SQLite", () => {
  const limits = driven(8, (atOnce) => 100 * atOnce);
  expect(Math.max(...limits)).toBe(2);
});

test("it finds the number at which a Django with four workers answers best, and stays about there", () => {
  const limits = driven(16, (atOnce) => 100 * Math.max(1, atOnce / 4));
  expect(Math.max(...limits)).toBeLessThanOrEqual(7);
  expect(Math.min(...limits.slice(10))).toBeGreaterThanOrEqual(4);
});

test("trouble halves it, and never below one", () => {
  const limit = createAdaptiveLimit(8);
  for (let request = 0; request < 10; request += 1) limit.answered({ items: 200, tookMs: 100, wereMoreWaiting: true });
  const after = Array.from({ length: 5 }, () => {
    limit.troubled();
    return limit.current();
  });
  expect(after).toEqual([4, 2, 1, 1, 1]);
});

test("it does not rise while one request at a time carries all there is, nor for small ones", () => {
  const limit = createAdaptiveLimit(8);
  limit.answered({ items: 200, tookMs: 100, wereMoreWaiting: false });
  limit.answered({ items: 1, tookMs: 1, wereMoreWaiting: true });
  expect(limit.current()).toBe(1);
});

test("a Django that has become slower for good is believed after a while", () => {
  const limit = createAdaptiveLimit(8);
  for (let request = 0; request < 20; request += 1) limit.answered({ items: 200, tookMs: 50, wereMoreWaiting: true });
  for (let request = 0; request < 200; request += 1) limit.answered({ items: 200, tookMs: 200, wereMoreWaiting: true });
  expect(limit.current()).toBe(8);
});
