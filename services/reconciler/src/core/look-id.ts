import { compareRevisions, type Revision } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Hub, Instant, SideState } from "./hub.ts";

const PREFIX = "look.";
const KNOWN = /^look\.r(\d+)\.([0-9a-z]+)\./;

/** What was known of a side when it was asked what it holds. */
interface Asked {
  readonly revision: Revision;
  /** When the restore was confirmed under which the side had last been read; 0 where none was. */
  readonly restoredAt: Instant;
}

/**
 * Write id of a command that only reads. No hub stores it, so its answer ends no command; it carries the revision known
 * when the side was asked.
 */
export function lookId({ memberRef, sides }: Pick<Hub, "memberRef" | "sides">, side: Side, round: string): string {
  const known = sides[side];
  const asked = known === undefined || known.life === "missing" ? "n" : `r${known.revision}.${(known.restoredAt ?? 0).toString(36)}`;
  return `${PREFIX}${asked}.${round}.${side.slice(0, 1)}.${memberRef}`;
}

/** Whether an answer is that of a look: what it shows is an edit like any other, and not the end of a command. */
export function isLook(writeId: string): boolean {
  return writeId.startsWith(PREFIX);
}

/**
 * Whether the answer to a look shows a revision below the one that was known when the side was asked. The side was read
 * after that, so it has gone back in time, however late the answer is heard. An answer to a look of the time before the
 * last restore says nothing of the side as it was read since.
 */
export function isBelowLook(known: Pick<SideState, "restoredAt">, { answer, revision }: Observation): boolean {
  const asked = answer === undefined ? undefined : askedIn(answer.writeId);
  if (asked === undefined || asked.restoredAt !== (known.restoredAt ?? 0)) return false;
  return compareRevisions(revision, asked.revision) < 0;
}

function askedIn(writeId: string): Asked | undefined {
  const [, revision, restoredAt] = KNOWN.exec(writeId) ?? [];
  return revision === undefined || restoredAt === undefined ? undefined : { revision, restoredAt: Number.parseInt(restoredAt, 36) };
}
