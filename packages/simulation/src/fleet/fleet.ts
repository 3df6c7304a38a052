import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { z } from "zod";

/** What a fleet has played so far. */
export interface Tally {
  readonly seeds: number;
  readonly steps: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** A seed whose history broke a promise, and which. */
export interface Failure {
  readonly seed: number;
  readonly broken: string;
}

export interface FleetOrders {
  readonly from: number;
  /** How many seeds at most. */
  readonly count: number;
  /** When to stop, in milliseconds from now. */
  readonly withinMs?: number;
  readonly workers?: number;
  /** Steps before people stop, instead of what each seed says. */
  readonly length?: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (tally: Tally) => void;
  /** Told of each failure at once. */
  readonly onFailure?: (failure: Failure) => void;
}

const news = z.object({
  seeds: z.number(),
  steps: z.number(),
  failure: z.object({ seed: z.number(), broken: z.string() }).optional(),
});

/** Plays seeds on all cores, each worker every so-manieth one. Resolves when all are played or the time is up. */
export async function playFleet({
  from,
  count,
  withinMs,
  workers = availableParallelism(),
  length,
  onProgress,
  onFailure,
}: FleetOrders): Promise<Tally> {
  const began = performance.now();
  const until = withinMs === undefined ? Number.MAX_SAFE_INTEGER : Date.now() + withinMs;
  const failures: Failure[] = [];
  let [seeds, steps] = [0, 0];
  const tally = (): Tally => ({ seeds, steps, seconds: (performance.now() - began) / 1000, failures });
  const play = (place: number) =>
    new Promise<void>((resolve, reject) => {
      const share = Math.ceil((count - place) / workers);
      const worker = new Worker(new URL("worker.ts", import.meta.url), {
        workerData: { from: from + place, stride: workers, count: share, until, length },
      });
      worker.on("message", (message: unknown) => {
        const { seeds: more, steps: further, failure } = news.parse(message);
        seeds += more;
        steps += further;
        if (failure !== undefined) {
          failures.push(failure);
          onFailure?.(failure);
        }
        onProgress?.(tally());
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  await Promise.all(Array.from({ length: workers }, (_, place) => play(place)));
  return tally();
}
