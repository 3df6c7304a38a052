import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startPolling } from "./poll-loop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it looks at once, then at each interval, and at once when woken", async () => {
  const drain = vi.fn(() => Promise.resolve());
  await using loop = startPolling({ drain, intervalMs: 1000, onFailure: () => undefined });
  await vi.advanceTimersByTimeAsync(2500);
  expect(drain).toHaveBeenCalledTimes(3);
  loop.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(drain).toHaveBeenCalledTimes(4);
});

test("a wake during a drain is not lost", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const drain = vi.fn(() => promise);
  await using loop = startPolling({ drain, intervalMs: 60_000, onFailure: () => undefined });
  loop.wake();
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(drain).toHaveBeenCalledTimes(2);
});

test("failures are told with their number, and the pauses grow up to their limit with chance in them", async () => {
  const at: number[] = [];
  const failures: number[] = [];
  const started = Date.now();
  const drain = () => {
    at.push(Date.now() - started);
    return Promise.reject(new SyncError("django_unavailable"));
  };
  await using _loop = startPolling({ drain, intervalMs: 100, onFailure: (_error, number) => failures.push(number), random: () => 0.5 });
  await vi.advanceTimersByTimeAsync(14_000);
  expect(at).toEqual([0, 375, 1125, 2625, 5625, 9375, 13125]);
  expect(failures).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("a time that Django named is kept, and exceeded by a tenth at most", async () => {
  const drain = vi.fn(() => Promise.reject(new SyncError("django_unavailable", { retryAfterMs: 5000 })));
  await using _loop = startPolling({ drain, intervalMs: 100, onFailure: () => undefined, random: () => 1 });
  await vi.advanceTimersByTimeAsync(5499);
  expect(drain).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(drain).toHaveBeenCalledTimes(2);
});

test("disposal waits for the drain under way and ends the loop", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const drain = vi.fn(() => promise);
  const loop = startPolling({ drain, intervalMs: 10, onFailure: () => undefined });
  const disposed = loop[Symbol.asyncDispose]();
  resolve();
  await disposed;
  await vi.advanceTimersByTimeAsync(1000);
  expect(drain).toHaveBeenCalledTimes(1);
});
