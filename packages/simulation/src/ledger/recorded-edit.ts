import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";

/**
 * One edit that a person made on one side, as whoever made it wrote it down. A save that changes three groups is three
 * edits; so is a create. The value of an edit is its own: no other edit of that group has it (but for clears and lives).
 */
export interface RecordedEdit {
  readonly id: string;
  readonly side: Side;
  readonly memberRef: MemberRef;
  /** A group, or `life`, whose values are `alive` and `deleted`. */
  readonly group: GroupName;
  /** `null`: cleared. */
  readonly value: GroupValue;
  /** What stood in the group on that side when the editor made the edit; missing when nobody can tell. */
  readonly saw?: GroupValue;
  /** What the editor had looked at shortly before, where it is not certain that it still stood when they saved. */
  readonly looked?: GroupValue;
  /** For a removal: the whole record that it took away. */
  readonly sawRecord?: MemberRecord;
  /** Epoch milliseconds; edits of one side are told in the order in which the side took them. */
  readonly at: number;
  /** Epoch milliseconds at which the side's answer was there; missing when nobody noted it. */
  readonly answeredAt?: number;
  /** Nobody got an answer: it counts only if it is found to have landed. */
  readonly unsure?: boolean;
}
