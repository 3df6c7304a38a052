import type { Clock } from "@member-sync/shared/clock.ts";

/** Tells whether an id was seen within the time to live. Bounded: the oldest ids leave first. */
export function createSeenBefore(clock: Clock, timeToLiveMs: number, limit = 10_000): (id: string) => boolean {
  const seenAt = new Map<string, number>();
  return (id) => {
    const now = clock();
    for (const [old, at] of seenAt) {
      if (now - at < timeToLiveMs && seenAt.size <= limit) break;
      seenAt.delete(old);
    }
    if (seenAt.has(id)) return true;
    seenAt.set(id, now);
    return false;
  };
}
