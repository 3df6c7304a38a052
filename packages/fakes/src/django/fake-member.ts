import type { Life } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import { nested } from "../nested.ts";
import { STATUS_PATH, type PathRejection, type Values } from "./host.ts";

/** A row of the members' table. Its id is never used again. */
export interface Row {
  readonly id: number;
  readonly values: Values;
}

/** All that Django keeps of a member. Everything but the row outlives a removal. */
export interface FakeMember {
  readonly row: Row | undefined;
  readonly revision: number;
  readonly writeId: string | null;
  readonly djangoId: number | null;
  readonly changedAt: number | null;
}

export const NEVER: FakeMember = { row: undefined, revision: 0, writeId: null, djangoId: null, changedAt: null };

/** A captured change that waits to be marked. */
export interface OutboxEntry {
  readonly id: number;
  readonly ssn: string;
  readonly action: "create" | "update" | "delete";
  readonly changed: Values;
  readonly createdAt: number;
  readonly actor: string | null;
}

/** The outcome of a write id: the answer to a redelivery. */
export interface KeptWrite {
  readonly ssn: string;
  readonly status: "success" | "rejected";
  readonly updated: readonly string[];
  readonly errors: Readonly<Record<string, PathRejection>>;
}

/** Who writes: an editor, whose change waits in the outbox, or the sync, whose change is known already. */
export type Origin = { readonly actor: string | null } | { readonly writeId: string };

/** The current state of a member. */
export interface Standing {
  readonly revision: Revision;
  /** Nested, as a document is; `null` where there is no row. */
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly life: Life;
  readonly djangoId: number | null;
  readonly lastWriteId: string | null;
  readonly lastWriteErrors?: KeptWrite["errors"];
  readonly changedAt: number | null;
}

export function lifeOfRow(row: Row | undefined): Life {
  if (row === undefined) return "missing";
  return row.values[STATUS_PATH] === "inactive" ? "deleted" : "alive";
}

/** @param lastWrite the write that `writeId` names, where Django has a row and still knows the write */
export function standingOf(ssn: string, member: FakeMember, lastWrite: KeptWrite | undefined): Standing {
  const { row, revision, writeId, djangoId, changedAt } = member;
  return {
    revision: String(revision),
    record: row === undefined ? null : nested({ "profile.kennitala": ssn, ...row.values }),
    life: lifeOfRow(row),
    djangoId,
    lastWriteId: writeId,
    ...(row !== undefined && lastWrite !== undefined && { lastWriteErrors: lastWrite.errors }),
    changedAt,
  };
}
