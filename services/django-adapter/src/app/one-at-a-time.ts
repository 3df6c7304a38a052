import type { DrainReport } from "./capture.ts";

/**
 * Lets one drain run at a time. Who calls while one runs waits for it and for one more (a row committed after the
 * first had passed must not be missed), shared with all who came meanwhile; the report covers both, so that a
 * caller learns of everything published since it asked.
 */
export function oneAtATime(drain: () => Promise<DrainReport>): () => Promise<DrainReport> {
  let running: Promise<DrainReport> | undefined;
  let queued: Promise<DrainReport> | undefined;

  const start = (): Promise<DrainReport> => {
    const own = drain().finally(() => {
      if (running === own) running = undefined;
    });
    running = own;
    return own;
  };

  const startAfter = async (before: Promise<DrainReport>): Promise<DrainReport> => {
    const first = await before.catch(() => ({ published: [], rows: 0 }));
    queued = undefined;
    const second = await start();
    return { published: [...first.published, ...second.published], rows: first.rows + second.rows };
  };

  return () => {
    if (queued !== undefined) return queued;
    if (running === undefined) return start();
    queued = startAfter(running);
    return queued;
  };
}
