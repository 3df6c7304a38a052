import { toRecord, type FieldMap, type GroupMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";

/** What a record of Django says, and the groups that it cannot say anything of. */
export interface RecordRead {
  readonly record: MemberRecord;
  readonly unknown: readonly GroupName[];
}

/**
 * Reads a record of Django. It carries every path that Django's settings map, null where nothing is stored: a path that
 * is missing is not mapped there. A group with such a path is unknown, not absent and not cleared; a group of which
 * Django maps only some paths is unknown too, since the others would read as cleared.
 */
export function readRecord(fieldMap: FieldMap, life: Life, native: unknown): RecordRead {
  if (life === "missing") return { record: {}, unknown: [] };
  const unknown = Object.entries(fieldMap.groups).flatMap(([name, map]) => (carriesAll(map, native) ? [] : [name]));
  const known = Object.entries(toRecord(fieldMap, native)).filter(([name]) => !unknown.includes(name));
  return { record: Object.fromEntries(known), unknown };
}

function carriesAll({ parts }: GroupMap, native: unknown): boolean {
  return parts.every(([, { path }]) => carries(native, path.split(".")));
}

function carries(native: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined || native === null) return true;
  return isObject(native) && Object.hasOwn(native, step) && carries(native[step], rest);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
