import { problemsOf } from "@member-sync/shared/runtime/lifecycle.ts";

/** A program that runs until a signal: how it starts, and whom to tell. */
export interface StoppableProgram {
  start(signal: AbortSignal): Promise<AsyncDisposable>;
  warn(text: string): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** One Ctrl-C may arrive several times: from the terminal, and again from each program that started us. */
const SAME_SIGNAL_MS = 1_000;
const STOP_MS = 9_500;

/**
 * Starts the program, waits for a signal, takes it down, and gives the exit code. A signal during the start calls it
 * off. A second one, or a stop that takes too long, ends this process at once; the guard then kills what is left.
 */
export async function runUntilStopped({ start, warn }: StoppableProgram): Promise<number> {
  const called = Promise.withResolvers<void>();
  const startUp = new AbortController();
  let firstAt: number | undefined;
  const stopAtOnce = (why: string) => {
    warn(why);
    process.exit(1);
  };
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      setTimeout(() => stopAtOnce("it did not stop in time; killing what is left"), STOP_MS).unref();
      startUp.abort(new Error("called off"));
      called.resolve();
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) {
      stopAtOnce("stopping at once");
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Whoever started us is gone without a word, killed outright: nobody is left to stop us.
  const startedBy = process.ppid;
  setInterval(() => {
    if (process.ppid !== startedBy && firstAt === undefined) onSignal();
  }, 500).unref();

  let program: AsyncDisposable;
  try {
    program = await start(startUp.signal);
  } catch (error) {
    if (firstAt !== undefined) return 0;
    for (const problem of problemsOf(error)) warn(problem);
    return 1;
  }
  // A handle that keeps this process alive also where every part is somebody else's.
  const alive = setInterval(() => {}, 60_000);
  await called.promise;
  clearInterval(alive);
  await program[Symbol.asyncDispose]();
  return 0;
}
