import { isStorable, type GroupValue, type MemberRecord, type Scalar } from "./member-record.ts";

/**
 * Whether parsed JSON is a member record as it stands, without taking it apart as the schema does. `true` is as good as the
 * schema's word; `false` says nothing, and the schema must be asked.
 */
export function isPlainRecord(value: unknown): value is MemberRecord {
  return isPlainObject(value) && Object.values(value).every(isPlainGroup);
}

export function isPlainGroup(value: unknown): value is GroupValue {
  return isPlainScalar(value) || (isPlainObject(value) && Object.values(value).every(isPlainScalar));
}

/** The schema leaves a key named `__proto__` out, so it must see it. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !Object.hasOwn(value, "__proto__");
}

function isPlainScalar(value: unknown): value is Scalar {
  if (typeof value === "string") return isStorable(value);
  return value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
