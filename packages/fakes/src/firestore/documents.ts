import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";

/** The fields of a document, in plain JavaScript. */
export type DocumentData = { readonly [field: string]: unknown };

/** A document as one commit left it: its update time and its create time, both in nanoseconds. */
export interface Snapshot {
  readonly data: DocumentData;
  readonly revision: Revision;
  readonly created: Revision;
}

export interface Writer {
  readonly authType: string | null;
  readonly authId: string | null;
}

/** The event of one commit: `before` is missing for a created document, `after` for a removed one. */
export interface DocumentChange {
  readonly kennitala: string;
  readonly before?: Snapshot;
  readonly after?: Snapshot;
  readonly eventTime: Revision;
  readonly actor: Writer;
}

/** A write with its precondition, as the tracker's port has it. */
export interface DocumentWrite {
  readonly kennitala: string;
  readonly expectRevision: Revision | null;
  readonly once?: string;
  readonly set: { readonly [path: string]: Scalar };
  readonly serverTime: readonly string[];
}

export type FakeOutcome =
  | { readonly kind: "written" }
  | { readonly kind: "unmet" }
  | { readonly kind: "spent" }
  | { readonly kind: "invalid"; readonly reason: string };
