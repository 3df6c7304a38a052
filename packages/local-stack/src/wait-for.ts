import { setTimeout as delay } from "node:timers/promises";

/** How long to wait for a condition, and what to call it when it does not come about. */
export interface WaitOptions {
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until `condition` gives something other than `undefined` or `false`, and returns it. A throw counts as "not yet",
 * and its message is told when the deadline passes. Rejects at once when the signal aborts.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const until = Date.now() + options.deadlineMs;
  let reason = "";
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const found = await condition();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof GaveUp) throw error;
      reason = error instanceof Error ? `: ${error.message}` : "";
    }
    if (Date.now() > until) throw new GaveUp(`${options.what} did not happen within ${options.deadlineMs / 1000} s${reason}`);
    // An abort ends the pause; the check above then throws the abort's own reason.
    await delay(options.everyMs ?? 50, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {});
  }
}

/** There is no use in waiting on: the deadline passed, or the process that was waited for has ended. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
}

/** Whether something answers HTTP at `url` with a status below 500. */
export async function answers(url: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.status < 500;
}
