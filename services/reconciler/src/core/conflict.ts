import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ConflictCause, Instant } from "./hub.ts";

/** What one side holds of a contested group. */
export interface Contender {
  readonly value: GroupValue;
  readonly changedAt: Instant;
  readonly actor: string | null;
}

/**
 * Two concurrent edits of one group (or of the member's life, whose values are `alive` and `deleted`), or a value
 * that a side refuses, waiting for a person. Its id is made of member, group and opening version.
 */
export interface Conflict {
  readonly id: string;
  readonly memberRef: MemberRef;
  readonly group: GroupName;
  /** `decided` by a person, `converged` by itself, `superseded` by a later edit. */
  readonly state: "open" | "decided" | "converged" | "superseded";
  readonly cause: ConflictCause;
  readonly openedAt: Instant;
  readonly updatedAt: Instant;
  /** Opaque to people; a decision sends it back. */
  readonly expected: string;
  /** The value that both had last agreed on. */
  readonly agreed: GroupValue;
  readonly django: Contender;
  readonly firestore: Contender;
  /** The refusing side and its words, for cause `rejected`. */
  readonly refusal?: { readonly side: Side; readonly code: string; readonly message: string };
  readonly decision?: { readonly value: GroupValue; readonly actor: string | null; readonly at: Instant; readonly note: string | null };
}
