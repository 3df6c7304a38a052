import { isDeepStrictEqual } from "node:util";
import type { DocumentData } from "./ports.ts";

/** Whether a value is a map of a document, not a leaf such as a date, bytes or an array. */
function isMap(value: unknown): value is DocumentData {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value at a dotted path, `undefined` where there is none. Only own fields count. */
export function valueAt(data: DocumentData, path: string): unknown {
  let value: unknown = data;
  for (const field of path.split(".")) {
    if (!isMap(value) || !Object.hasOwn(value, field)) return undefined;
    value = value[field];
  }
  return value;
}

/** Dotted paths of the leaves that differ, in the order met. A field whose name is not a plain word is quoted. */
export function changedPaths(before: DocumentData, after: DocumentData): readonly string[] {
  const found: string[] = [];
  collect(before, after, "", found);
  return found;
}

function collect(before: unknown, after: unknown, path: string, found: string[]): void {
  const from = isMap(before) ? before : undefined;
  const to = isMap(after) ? after : undefined;
  if (from === undefined && to === undefined) {
    if (!isDeepStrictEqual(before, after)) found.push(path);
    return;
  }
  const fields = new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})]);
  if (fields.size === 0 && before !== undefined && after !== undefined && (from === undefined || to === undefined)) found.push(path);
  for (const field of fields) {
    collect(ownField(from, field), ownField(to, field), join(path, field), found);
  }
}

function ownField(map: DocumentData | undefined, field: string): unknown {
  return map !== undefined && Object.hasOwn(map, field) ? map[field] : undefined;
}

function join(path: string, field: string): string {
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? field : `\`${field}\``;
  return path === "" ? name : `${path}.${name}`;
}

/** How many leaves a document has, counted no further than `limit`. */
export function exceedsFields(data: DocumentData, limit: number): boolean {
  let count = 0;
  const queue: unknown[] = [data];
  for (let next = queue.pop(); queue.length > 0 || next !== undefined; next = queue.pop()) {
    if (isMap(next)) queue.push(...Object.values(next).map((value) => value ?? null));
    else count += 1;
    if (count > limit || queue.length > limit * 2) return true;
  }
  return false;
}
