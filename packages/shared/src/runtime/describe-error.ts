import { SyncError, type ErrorDetails } from "../errors/sync-error.ts";

/** What may be told of an error: its kind, code and place. A foreign message may quote a person's data, so it is left out. */
export interface ErrorDescription {
  readonly type: string;
  readonly code?: string | number;
  readonly disposition?: string;
  readonly message?: string;
  readonly details?: ErrorDetails;
  readonly frames?: readonly string[];
  readonly cause?: ErrorDescription;
}

const MAX_FRAMES = 8;
const MAX_CAUSES = 3;

/** Describes any thrown thing. Only a SyncError's message is told: it comes from the catalogue. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: error === null ? "null" : typeof error };
  const known = error instanceof SyncError ? { disposition: error.disposition, message: error.message, details: error.details } : {};
  const code = codeOf(error);
  return {
    type: typeOf(error),
    ...(code === undefined ? {} : { code }),
    ...known,
    frames: framesOf(error),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

function typeOf(error: Error): string {
  const name: unknown = error.constructor?.name;
  return typeof name === "string" && /^\w{1,60}$/.test(name) ? name : "Error";
}

function codeOf(error: Error): string | number | undefined {
  if (!("code" in error)) return undefined;
  if (typeof error.code === "number") return error.code;
  return typeof error.code === "string" && /^\w{1,60}$/.test(error.code) ? error.code : undefined;
}

/** The stack begins with the message, which may have many lines: it is cut off before the frames are read. */
function framesOf(error: Error): readonly string[] {
  const stack = typeof error.stack === "string" ? error.stack : "";
  const after = stack.indexOf(error.message) + error.message.length;
  return stack
    .slice(after)
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim().slice(0, 300));
}
