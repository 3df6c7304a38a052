import { SyncError } from "@member-sync/shared/errors/sync-error.ts";

const FIRST_BACKOFF_MS = 500;

export interface PollOptions {
  readonly drain: () => Promise<unknown>;
  readonly intervalMs: number;
  /**
   * The longest pause between two looks while Django is down. Kept short: the circuit decides how often Django is
   * really asked, a look at an open circuit costs nothing.
   */
  readonly maxBackoffMs?: number;
  readonly onFailure: (error: unknown, failuresInARow: number) => void;
  readonly random?: () => number;
}

/** Looks at the outbox again and again; `wake` makes the next look come at once. Disposal waits for the one under way. */
export interface PollLoop extends AsyncDisposable {
  wake(): void;
}

export function startPolling(options: PollOptions): PollLoop {
  const { drain, intervalMs, onFailure, random = Math.random, maxBackoffMs = 5000 } = options;
  let isStopped = false;
  let isNudged = false;
  let endPause: () => void = () => undefined;

  const pause = async (ms: number): Promise<void> => {
    if (isStopped || isNudged) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    endPause = resolve;
    await promise;
    clearTimeout(timer);
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!isStopped) {
      isNudged = false;
      let wait = intervalMs;
      try {
        await drain();
        failures = 0;
      } catch (error) {
        failures += 1;
        onFailure(error, failures);
        wait = backOff(error, failures, intervalMs, maxBackoffMs, random());
      }
      await pause(wait);
    }
  }

  const running = run();
  const wake = () => {
    isNudged = true;
    endPause();
  };
  return {
    wake,
    async [Symbol.asyncDispose]() {
      isStopped = true;
      wake();
      await running;
    },
  };
}

/** Doubles from half a second; half of it is chance, so that several instances part. A time that Django named is kept, and up to a tenth more. */
function backOff(error: unknown, failures: number, intervalMs: number, maxMs: number, chance: number): number {
  const asked = error instanceof SyncError ? error.details["retryAfterMs"] : undefined;
  if (typeof asked === "number") return asked * (1 + chance / 10);
  const full = Math.min(maxMs, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(Math.min(intervalMs, maxMs), full * (0.5 + chance / 2));
}
