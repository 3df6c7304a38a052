import { join } from "node:path";
import type { Guard } from "./guard.ts";
import { startProcess, type RunningProcess } from "./processes.ts";
import type { Progress } from "./progress.ts";
import { supervise, type Supervised, type SupervisedSpec } from "./supervised.ts";

/** What every piece needs in order to start its processes: where logs go, who ends them, whom to tell. */
export interface Parts {
  readonly logsDir: string;
  readonly progress: Progress;
  /** Aborts when the start-up is called off. */
  readonly signal: AbortSignal;
  launch(name: string, command: string, args: readonly string[], options?: LaunchOptions): Promise<RunningProcess>;
  supervise(name: string, start: SupervisedSpec["start"]): Promise<Supervised>;
  /** Waits for `ready`; when it fails, the process is stopped before the failure goes on. */
  stopUnless(running: RunningProcess, ready: () => Promise<void>): Promise<void>;
}

export interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly append?: boolean;
}

export interface PartsOptions {
  readonly guard: Guard;
  readonly logsDir: string;
  readonly progress: Progress;
  readonly restarts: boolean;
  /** Ends the start-up. */
  readonly signal: AbortSignal;
}

export function createParts({ guard, logsDir, progress, restarts, signal: startUp }: PartsOptions): Parts {
  const logFile = (name: string) => join(logsDir, `${name}.log`);
  return {
    logsDir,
    progress,
    signal: startUp,
    launch: (name, command, args, { env, cwd, append } = {}) =>
      startProcess(
        {
          name,
          command,
          args,
          env: { ...localEnvironment(), ...env },
          logFile: logFile(name),
          append: append ?? false,
          ...(cwd === undefined ? {} : { cwd }),
        },
        guard,
      ),
    supervise: (name, start) =>
      supervise({
        name,
        logFile: logFile(name),
        start: (again, signal) => start(again, again ? signal : AbortSignal.any([signal, startUp])),
        restarts,
        onDeath: (text, lines) => progress.warn([text, ...lines.map((line) => `    ${line}`)].join("\n")),
      }),
    async stopUnless(running, ready) {
      try {
        await ready();
      } catch (error) {
        await running.stop();
        throw error;
      }
    },
  };
}

/** Our environment without what could lead a child to a real cloud, a proxy, or another stack. */
function localEnvironment(): NodeJS.ProcessEnv {
  const {
    GOOGLE_APPLICATION_CREDENTIALS: _credentials,
    FIRESTORE_EMULATOR_HOST: _firestore,
    PUBSUB_EMULATOR_HOST: _pubsub,
    PORT: _port,
    HOST: _host,
    ...rest
  } = process.env;
  const direct = ["127.0.0.1", "localhost", rest["NO_PROXY"] ?? rest["no_proxy"]].filter(Boolean).join(",");
  return { ...rest, NO_PROXY: direct, no_proxy: direct, METADATA_SERVER_DETECTION: "none" };
}
