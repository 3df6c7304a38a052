import { setTimeout as delay } from "node:timers/promises";
import type { RunningProcess } from "./processes.ts";

/** A part of the stack that can be killed and started again in its place. */
export interface Supervised {
  readonly name: string;
  readonly logFile: string;
  pid(): number | undefined;
  /** Sends a signal to the part's process group; SIGSTOP and SIGCONT too. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves once the present process has ended. */
  waitForExit(): Promise<void>;
  /** Stops it if it runs, starts it anew on its old port, and waits until it is ready. */
  restart(): Promise<void>;
  /** Stops it for good. */
  stop(): Promise<void>;
}

export interface SupervisedSpec {
  readonly name: string;
  readonly logFile: string;
  /** Starts the process and waits until it is ready; stops it when it does not become so. */
  start(again: boolean, signal: AbortSignal): Promise<RunningProcess>;
  /** Whether a death that nobody asked for is followed by a new start. */
  readonly restarts: boolean;
  /** Told of each death that nobody asked for, with the last log lines. */
  onDeath(text: string, lastLines: readonly string[]): void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const CALM_MS = 30_000;

/** Starts a part and keeps it running, with a growing pause between deaths. */
export async function supervise(spec: SupervisedSpec): Promise<Supervised> {
  const over = new AbortController();
  let running = await spec.start(false, over.signal);
  let restarting: Promise<void> | undefined;
  let pauseMs = FIRST_DELAY_MS;

  const watch = (watched: RunningProcess) => {
    const startedAt = Date.now();
    void watched.exited.then(async (how) => {
      if (over.signal.aborted || restarting !== undefined || watched !== running) return;
      if (Date.now() - startedAt > CALM_MS) pauseMs = FIRST_DELAY_MS;
      const next = spec.restarts ? `; starting it again in ${pauseMs / 1000} s` : "";
      spec.onDeath(`${spec.name} ended (${how})${next}`, watched.lastLines(8));
      if (spec.restarts) await revive();
    });
  };

  const revive = async () => {
    while (!over.signal.aborted && restarting === undefined) {
      await delay(pauseMs, undefined, { signal: over.signal }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, LONGEST_DELAY_MS);
      if (over.signal.aborted || restarting !== undefined) return;
      try {
        return await restart();
      } catch (error) {
        spec.onDeath(`${spec.name} did not start: ${error instanceof Error ? error.message : "no reason"}`, []);
      }
    }
  };

  const restart = async () => {
    restarting ??= (async () => {
      try {
        await running.stop();
        if (over.signal.aborted) return;
        running = await spec.start(true, over.signal);
      } finally {
        restarting = undefined;
      }
      watch(running);
    })();
    return restarting;
  };

  watch(running);
  return {
    name: spec.name,
    logFile: spec.logFile,
    pid: () => (running.hasExited() ? undefined : running.pid),
    kill: (signal) => running.kill(signal),
    async waitForExit() {
      await running.exited;
    },
    restart,
    async stop() {
      over.abort();
      await restarting?.catch(() => {});
      await running.stop();
    },
  };
}
