import closeWithGrace from "close-with-grace";
import { SyncError } from "../errors/sync-error.ts";
import { mask } from "./log-fields.ts";
import type { Logger } from "./logging.ts";

/** What a service's start gives back. */
export type RunningService = AsyncDisposable & { readonly log: Logger };

/** Cloud Run allows ten seconds between SIGTERM and SIGKILL; the line that tells of a late end must still get out. */
const DEADLINE_MS = 9_500;

/**
 * Runs a service until it is told to end. Each main.ts is a call of this.
 *
 * A start that fails prints every problem to stderr and ends with 1. SIGTERM and SIGINT dispose of the service, also
 * when it is still starting, and end with 0; an error that nobody caught, or a disposal past the deadline, ends with 1.
 */
export async function runService(
  name: string,
  start: (env: NodeJS.ProcessEnv) => Promise<RunningService>,
  { deadlineMs = DEADLINE_MS }: { readonly deadlineMs?: number } = {},
): Promise<void> {
  surviveFullDisk();
  const started = Promise.withResolvers<RunningService>();
  // Before the start, since a signal that nobody listens for ends the process where it stands.
  endWithGrace(name, started.promise, deadlineMs);
  Promise.try(start, process.env).then(started.resolve, started.reject);
  try {
    await started.promise;
  } catch (error) {
    for (const problem of problemsOf(error)) tell(name, problem);
    process.exit(1);
  }
}

function endWithGrace(name: string, started: Promise<RunningService>, deadlineMs: number): void {
  let isStarted = false;
  const markStarted = () => {
    isStarted = true;
  };
  void started.then(markStarted, markStarted);
  const onTimeout = () => tell(name, `did not end within ${deadlineMs} ms`);
  closeWithGrace({ delay: deadlineMs, logger: false, onTimeout }, async ({ err, signal }) => {
    // A second error would end the process at once, so the first one is told before anything is waited for.
    if (err !== undefined && !isStarted) tell(name, `cannot start: ${wordsOf(err)}`);
    const service = await started;
    if (err === undefined) service.log.info({ signal }, "service ends");
    else service.log.fatal({ err }, "service ends for an error that nobody caught");
    await service[Symbol.asyncDispose]();
  });
}

/** Why a program could not start, a line for each thing to mend. */
export function problemsOf(error: unknown): readonly string[] {
  const problems = error instanceof SyncError ? error.details["problems"] : undefined;
  if (Array.isArray(problems)) return problems.map(String);
  return [`cannot start: ${wordsOf(error)}`];
}

/** A start meets no member's data, so that a foreign error's words may be told here, and only here. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "an unknown thing was thrown";
  return error.cause instanceof Error ? `${error.message}: ${wordsOf(error.cause)}` : error.message;
}

function tell(name: string, text: string): void {
  process.stderr.write(`${name}: ${mask(text)}\n`);
}

/** A write to a full disk raises an error on the stream, which would end the process when nobody listens. */
function surviveFullDisk(): void {
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
}
