import { pino, type DestinationStream, type Logger } from "pino";
import { describeError } from "./describe-error.ts";
import { gated } from "./log-fields.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  /** Standard output, unless a test wants the lines. */
  readonly destination?: DestinationStream;
}

const SEVERITY: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

let lost = 0;

/** Log lines that could not be written since the process began. */
export function lostLogLines(): number {
  return lost;
}

/**
 * A JSON logger that cannot tell a person's data: every line passes one gate, which keeps the fields of the allow-list
 * and drops every other to its name (`dropped`). Of errors only type, code and place are told, of arguments behind the
 * message nothing. The message itself must be a constant sentence. A full disk loses lines, which are counted; it
 * stops nothing.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level ?? "info",
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label, severity: SEVERITY[label] ?? "DEFAULT" }) },
      serializers: { err: (error: unknown) => describeError(error) },
      hooks: {
        // A message is always given: without one pino takes the error's, and a `msg` among the fields.
        logMethod([first, second], method) {
          if (typeof first === "string") method.apply(this, [first]);
          else method.apply(this, [first, typeof second === "string" ? second : "no message"]);
        },
        streamWrite: (line) => `${JSON.stringify(gated(line))}\n`,
      },
    },
    options.destination ?? standardOutput(),
  );
}

/** Synchronous, so that no line is lost at the end; bounded, so that a reader who stopped costs no memory. */
function standardOutput(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true, maxLength: 1_000_000 });
  const count = () => (lost += 1);
  destination.on("error", count);
  destination.on("drop", count);
  return destination;
}
