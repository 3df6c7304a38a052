import { SyncError } from "@member-sync/shared/errors/sync-error.ts";

/** Calls whose trouble is told to the person who made them, and to nobody else. */
export function forget(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof SyncError) || error.disposition === "fatal") throw error;
  });
}
