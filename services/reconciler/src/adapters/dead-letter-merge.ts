import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { DeadLetter } from "../app/ports.ts";
import type { Instant } from "../core/hub.ts";

/**
 * The record of a letter once it has been seen again: counted, with the newest reason. What was replayed is open
 * again, since the replay did not help; what was discarded stays so.
 */
export function mergeDeadLetter(stored: DeadLetter | undefined, notice: DeadLetterNotice, at: Instant): DeadLetter {
  if (stored === undefined) return { ...notice, state: "open", firstSeenAt: at, lastSeenAt: at, seen: 1 };
  const { resolution, ...unresolved } = stored;
  const discarded = stored.state === "discarded" && resolution !== undefined;
  return {
    ...unresolved,
    ...notice,
    state: discarded ? "discarded" : "open",
    lastSeenAt: Math.max(stored.lastSeenAt, at),
    seen: stored.seen + 1,
    ...(discarded ? { resolution } : {}),
  };
}
