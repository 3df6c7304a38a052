import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { StoredHub } from "./ports.ts";

/** Hubs kept at most; one takes a few kilobytes. */
const MAX_HUBS = 2_000;

/**
 * Hubs that this process has just stored and of which it soon hears again, since a command is out: their answers need
 * no read. What is remembered may be outdated, so it may lead to a commit, which compares, and never to "nothing new".
 */
export interface RecentHubs {
  /** Gives each back at most once. */
  take(memberRefs: readonly MemberRef[]): Map<MemberRef, StoredHub>;
  keep(stored: StoredHub): void;
}

export function createRecentHubs(maxHubs = MAX_HUBS): RecentHubs {
  const kept = new Map<MemberRef, StoredHub>();
  return {
    take(memberRefs) {
      const found = new Map<MemberRef, StoredHub>();
      for (const memberRef of memberRefs) {
        const stored = kept.get(memberRef);
        if (stored !== undefined) found.set(memberRef, stored);
        kept.delete(memberRef);
      }
      return found;
    },
    keep(stored) {
      const { memberRef, out } = stored.hub;
      kept.delete(memberRef);
      if (SIDES.every((side) => out[side] === undefined)) return;
      kept.set(memberRef, stored);
      const [oldest] = kept.keys();
      if (kept.size > maxHubs && oldest !== undefined) kept.delete(oldest);
    },
  };
}
