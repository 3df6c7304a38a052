import type { Scalar } from "@member-sync/shared/member/member-record.ts";

/** Values by canonical path, such as `profile.email`; the status is among them. */
export type Values = Readonly<Record<string, Scalar>>;

/** Why a path was rejected. */
export interface PathRejection {
  readonly code: string;
  readonly message: string;
}

/** A value as its column stores it (which may differ from what was given), or why the column rejects it. */
export type Checked = { readonly value: Scalar } | PathRejection;

/** The project that `member_sync` is installed in: its columns, and what its own code does with values. */
export interface Host {
  /** The values of a new row before anything is written to it. */
  readonly blank: Values;
  /** Paths that a create must carry. */
  readonly required: readonly string[];
  check(path: string, value: unknown): Checked;
}

/** Where the host keeps whether a member is active. */
export const STATUS_PATH = "membership.status";

export function checkStatus(value: unknown): Checked {
  return value === "active" || value === "inactive" ? { value } : { code: "invalid", message: "Neither active nor inactive." };
}
