import type { DocumentData } from "./documents.ts";

function isMap(value: unknown): value is DocumentData {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value at a dotted path, `undefined` where there is none. Only own fields count. */
export function valueAt(data: DocumentData, path: string): unknown {
  const [field = "", ...rest] = path.split(".");
  const value = Object.hasOwn(data, field) ? data[field] : undefined;
  if (rest.length === 0) return value;
  return isMap(value) ? valueAt(value, rest.join(".")) : undefined;
}

/** The data with `value` at a dotted path. A value on the way that is no map is replaced by one. */
export function withPath(data: DocumentData, path: string, value: unknown): DocumentData {
  const [field = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...data, [field]: value };
  const inner = Object.hasOwn(data, field) ? data[field] : undefined;
  return { ...data, [field]: withPath(isMap(inner) ? inner : {}, rest.join("."), value) };
}

/** The data without the value at a dotted path. */
export function withoutPath(data: DocumentData, path: string): DocumentData {
  const [field = "", ...rest] = path.split(".");
  if (!Object.hasOwn(data, field)) return data;
  if (rest.length === 0) return Object.fromEntries(Object.entries(data).filter(([name]) => name !== field));
  const inner = data[field];
  return isMap(inner) ? { ...data, [field]: withoutPath(inner, rest.join(".")) } : data;
}
