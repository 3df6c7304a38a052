import { setTimeout as delay } from "node:timers/promises";
import type { Telemetry } from "../telemetry.ts";

/** Sweeps again and again until disposed of; the first time at once, since a crash may have left commands unsent. */
export function startSweeping(sweep: () => Promise<unknown>, intervalMs: number, telemetry: Telemetry): AsyncDisposable {
  const ended = new AbortController();
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await sweep().catch((cause: unknown) => telemetry.sweepFailed(cause));
      await delay(intervalMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      ended.abort();
      await loop;
    },
  };
}
