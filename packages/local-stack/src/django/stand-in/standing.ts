import { COLUMNS, STATUS_PATH, type Value } from "./fields.ts";
import type { StandInStore } from "./store.ts";

export type WireRecord = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/** A member as it stands now, in the contract's words. */
export interface Standing {
  readonly revision: number;
  readonly life: "alive" | "deleted" | "missing";
  readonly record: WireRecord | null;
  readonly write_id: string | null;
  readonly django_id: number | null;
  readonly changed_at: string | null;
}

export function standingOf(store: StandInStore, ssn: string): Standing {
  const row = store.row(ssn);
  const { revision, writeId, changedAt } = store.state(ssn);
  const isActive = row?.values[STATUS_PATH] === "active";
  return {
    revision,
    life: row === undefined ? "missing" : isActive ? "alive" : "deleted",
    record: row === undefined ? null : nested(ssn, row.values),
    write_id: writeId,
    django_id: row?.id ?? null,
    changed_at: changedAt === 0 ? null : isoTime(changedAt),
  };
}

function nested(ssn: string, values: Readonly<Record<string, Value>>): WireRecord {
  const record: Record<string, Record<string, Value>> = { profile: { kennitala: ssn } };
  for (const path of [...COLUMNS.map((column) => column.path), STATUS_PATH]) {
    const [part = "", field = ""] = path.split(".");
    (record[part] ??= {})[field] = values[path] ?? null;
  }
  return record;
}

/** With microseconds, as Django writes it. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "000Z");
}

/** Ten digits, or `undefined`: with dash or spaces too. */
export function ssnOf(given: unknown): string | undefined {
  if (typeof given !== "string") return undefined;
  const digits = given.replaceAll(/[\s-]/g, "");
  return /^\d{10}$/.test(digits) ? digits : undefined;
}
