import { setTimeout as pause } from "node:timers/promises";

export interface Deadline {
  readonly what: string;
  readonly withinMs?: number;
  readonly everyMs?: number;
}

const USUAL_MS = 20_000;

/**
 * Runs `check` until it neither throws nor answers `false`, and gives back what it answered. When the deadline passes,
 * the failure says what was waited for and how the last look at it failed.
 */
export async function eventually<T>(deadline: string | Deadline, check: () => T | Promise<T>): Promise<T> {
  const { what, withinMs = USUAL_MS, everyMs = 50 } = typeof deadline === "string" ? { what: deadline } : deadline;
  const until = performance.now() + withinMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await check();
      if (answer !== false) return answer;
      last = new Error("not yet");
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) {
      const reason = last instanceof Error ? last.message : "no reason";
      throw new Error(`within ${withinMs / 1000} s there was not: ${what}\nthe last look: ${reason}`, { cause: last });
    }
    await pause(everyMs);
  }
}

/** Runs `work` on each item, at most `width` at once. */
export async function eachOf<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += width) {
    results.push(...(await Promise.all(items.slice(from, from + width).map((item, at) => work(item, from + at)))));
  }
  return results;
}
