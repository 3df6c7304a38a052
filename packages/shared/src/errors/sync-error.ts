import { errorCatalogue, type ErrorCode } from "./catalogue.ts";

/** What the consumer must do: try again, keep the message with its reason, or stop the process. */
export type Disposition = "retry" | "deadLetter" | "fatal";

/** Field names, counts, statuses: whatever explains the error without telling anything of a person. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The one error type. `code` names what happened, `disposition` says what to do about it, `cause` keeps the origin. */
export class SyncError extends Error {
  override readonly name = "SyncError";
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { readonly cause?: unknown } = {}) {
    super(errorCatalogue[code].summary, options);
    this.code = code;
    this.disposition = errorCatalogue[code].disposition;
    this.details = details;
  }
}

/** What to do about any thrown thing: an unknown error may pass, so it is tried again. */
export function dispositionOf(error: unknown): Disposition {
  return error instanceof SyncError ? error.disposition : "retry";
}

/** A condition that only a bug can break. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new SyncError("invariant_broken", { message });
}
