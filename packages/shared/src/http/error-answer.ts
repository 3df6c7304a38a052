import { STATUS_CODES } from "node:http";
import { SyncError } from "../errors/sync-error.ts";

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
}

/** The one shape of an error answer. */
export function errorBody(code: string, message: string, details?: unknown): ErrorBody {
  return { error: { code, message, ...(details === undefined ? {} : { details }) } };
}

/**
 * What to answer for a thrown thing. A foreign error's message may quote a person's data or our insides: it is told
 * by its status alone.
 */
export function answerOf(error: unknown): ErrorAnswer {
  if (error instanceof SyncError) {
    const details = Object.keys(error.details).length === 0 ? undefined : error.details;
    return { status: STATUS_OF[error.disposition], body: errorBody(error.code, error.message, details) };
  }
  const issues = validationIssues(error);
  if (issues !== undefined) return { status: 400, body: errorBody("validation_failed", "The request is not as described.", { issues }) };
  const status = statusOf(error);
  const words = STATUS_CODES[status] ?? "Error";
  return { status, body: errorBody(words.toLowerCase().replaceAll(/[^a-z]+/g, "_"), words) };
}

const STATUS_OF = { retry: 503, deadLetter: 422, fatal: 500 } as const;

function statusOf(error: unknown): number {
  const status: unknown = typeof error === "object" && error !== null && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}

/** Places and rules of what fastify's validator found; not its words, which may quote the value. */
function validationIssues(error: unknown): readonly string[] | undefined {
  if (typeof error !== "object" || error === null || !("validation" in error) || !Array.isArray(error.validation)) return undefined;
  return error.validation.slice(0, 20).map((issue: unknown) => {
    const { instancePath = "", keyword = "wrong" }: { instancePath?: unknown; keyword?: unknown } =
      typeof issue === "object" && issue !== null ? issue : {};
    return `${String(instancePath) || "/"}: ${String(keyword)}`;
  });
}
