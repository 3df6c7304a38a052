import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Conflict } from "../core/conflict.ts";

/**
 * Messages for whoever wants to be told that a conflict opened, changed or closed. They name the group and the cause;
 * the values are behind the API, where reading them needs a right.
 */
export function packNotices(conflicts: readonly Conflict[]): readonly OutgoingMessage[] {
  return conflicts.map(({ id, memberRef, group, state, cause, openedAt, updatedAt }) => ({
    data: JSON.stringify({ schema: "member-conflict.v1", id, memberRef, group, state, cause, openedAt, updatedAt }),
    attributes: { schema: "member-conflict.v1", memberRef, state, cause },
  }));
}
