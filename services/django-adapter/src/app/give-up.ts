import { noticeOf } from "@member-sync/shared/bus/dead-letters.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterCause, DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { Unreadable } from "@member-sync/shared/messages/envelope.ts";
import { applyTopic, changesTopic } from "@member-sync/shared/topology.ts";

const ORIGIN = "django-adapter";

/** The notice for an outbox row that can never be published. */
export function rowNotice(text: string, reason: string, at: number, cause: DeadLetterCause = "invalid-item"): DeadLetterNotice {
  return { ...noticeOf({ cause: "invalid-item", reason, text }, { origin: ORIGIN, topic: changesTopic("django"), at }), cause };
}

/** The notice for a command that can never succeed; a replay sends it again, alone. */
export function commandNotice(command: ApplyCommand, cause: DeadLetterCause, reason: string, at: number): DeadLetterNotice {
  const unreadable: Unreadable = { cause: "invalid-item", reason: reason.slice(0, 1000), text: JSON.stringify(command) };
  return { ...noticeOf(unreadable, { origin: ORIGIN, topic: applyTopic("django"), at }), cause };
}

/** The notice for what could not even be read. */
export function unreadableNotice(unreadable: Unreadable, attributes: Readonly<Record<string, string>>, at: number): DeadLetterNotice {
  return noticeOf(unreadable, { origin: ORIGIN, topic: applyTopic("django"), at, attributes });
}
