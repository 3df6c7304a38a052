import { SyncError } from "@member-sync/shared/errors/sync-error.ts";

/** What a run that failed says of it: code, meaning, and the particulars, which never tell anything of a person. */
export function runErrorOf(cause: unknown): string {
  if (!(cause instanceof SyncError)) return "unexpected error; the log has it";
  const details = Object.entries(cause.details).map(([name, value]) => `${name}=${String(value)}`);
  return `${cause.code}: ${cause.message}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}
