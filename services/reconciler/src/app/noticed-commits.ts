import type { Clock } from "@member-sync/shared/clock.ts";
import type { HubStore } from "./ports.ts";

/** A hub store that knows when something was last committed through it. */
export interface NoticedCommits {
  readonly hubs: HubStore;
  /** Epoch milliseconds; 0 when nothing was. */
  lastCommit(): number;
}

/** Notices each commit when it has ended, in whatever way: one that failed may have landed. */
export function noticedCommits(hubs: HubStore, clock: Clock): NoticedCommits {
  let last = 0;
  return {
    lastCommit: () => last,
    hubs: {
      load: (memberRefs) => hubs.load(memberRefs),
      inFlightSince: (before, cursor, limit) => hubs.inFlightSince(before, cursor, limit),
      waiting: (after, limit) => hubs.waiting(after, limit),
      due: (after, limit) => hubs.due(after, limit),
      all: (after, limit) => hubs.all(after, limit),
      async commit(entries) {
        try {
          return await hubs.commit(entries);
        } finally {
          if (entries.length > 0) last = clock();
        }
      },
    },
  };
}
