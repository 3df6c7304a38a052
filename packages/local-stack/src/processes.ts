import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Guard } from "./guard.ts";
import { GaveUp, waitFor } from "./wait-for.ts";

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly logFile: string;
  /** Keep what the log file already has: a second start of the same thing. */
  readonly append?: boolean;
}

/** A process that we started, in a process group of its own, with its output in a file. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Says how it ended, once it has. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  lastLines(count: number): readonly string[];
  /** Sends a signal to the process and all its children. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL to whatever is left of its group after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

/** Starts a process whose group the guard ends should we die first. */
export async function startProcess(spec: ProcessSpec, guard: Guard): Promise<RunningProcess> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, spec.append === true ? "a" : "w");
  const child = spawn(spec.command, spec.args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: spec.env,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", () => resolve());
    child.once("error", (error) => reject(new Error(`${spec.name} cannot be started: ${error.message}`)));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${spec.name} has no process id`);
  guard.add(pid);
  let ended = false;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      signalGroup(pid, "SIGKILL");
      guard.remove(pid);
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  const kill = (signal: NodeJS.Signals) => {
    if (!ended) signalGroup(pid, signal);
  };
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited,
    hasExited: () => ended,
    lastLines: (count) => lastLinesOf(spec.logFile, count),
    kill,
    async stop(graceMs = 2_500) {
      if (ended) return;
      kill("SIGTERM");
      // A process stopped by SIGSTOP hears SIGTERM only when it runs again.
      kill("SIGCONT");
      const patience = new AbortController();
      const tooLate = delay(graceMs, undefined, { signal: patience.signal }).then(
        () => kill("SIGKILL"),
        () => {},
      );
      await exited;
      patience.abort();
      await tooLate;
    },
  };
}

/** Waits for `condition` as long as the process lives; when it ends first, the error carries its last words. */
export async function waitUntilReady(
  running: RunningProcess,
  condition: () => Promise<boolean>,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const check = () => {
    if (!running.hasExited()) return condition();
    throw new GaveUp(`${running.name} ended before it was ready\n${running.lastLines(15).join("\n")}`);
  };
  try {
    await waitFor(check, { what: `${running.name} becoming ready`, ...options });
  } catch (error) {
    if (!(error instanceof GaveUp) || running.hasExited()) throw error;
    throw new GaveUp(`${error.message}\n${running.lastLines(15).join("\n")}`);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}

/** The end of a log; nothing where there is none. */
export function lastLinesOf(file: string, count: number): readonly string[] {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
  } catch {
    return [];
  }
}
