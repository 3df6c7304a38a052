import { SyncError } from "../errors/sync-error.ts";
import { UNREADABLE, type Codec, type ParsedScalar } from "./codecs.ts";
import type { GroupName, GroupValue, MemberRecord, Scalar } from "./member-record.ts";

/** Where a field stands in the canonical document, and how it is read. */
export interface Field {
  readonly path: string;
  readonly codec: Codec;
}

/** The fields that change as one value. `single`: the group's value is the field's, not an object of fields. */
export interface GroupMap {
  readonly fields: Readonly<Record<string, Field>>;
  /** The same fields as a list, ready to be walked for every comparison. */
  readonly parts: readonly (readonly [key: string, field: Field])[];
  readonly single: boolean;
}

/** What of a member is kept equal: group by group, field by field. */
export interface FieldMap {
  readonly groups: Readonly<Record<GroupName, GroupMap>>;
}

const ONLY = "value";
const ABSENT = Symbol("absent");
/** Something that is no map stands on the way to a path. */
const NO_MAP = Symbol("no map");

/** A group of one field. */
export function field(path: string, codec: Codec): GroupMap {
  return groupMap({ [ONLY]: { path, codec } }, true);
}

/** A group of fields that change as one value. */
export function group(fields: Readonly<Record<string, readonly [path: string, codec: Codec]>>): GroupMap {
  return groupMap(
    mapValues(fields, ([path, codec]) => ({ path, codec })),
    false,
  );
}

function groupMap(fields: GroupMap["fields"], single: boolean): GroupMap {
  return { fields, parts: Object.entries(fields), single };
}

/** Checks that no two fields share a path. */
export function defineFieldMap(groups: Readonly<Record<GroupName, GroupMap>>): FieldMap {
  const paths = Object.values(groups).flatMap((map) => Object.values(map.fields).map((each) => each.path));
  const twice = paths.filter((path, at) => paths.some((other, where) => where !== at && overlaps(path, other)));
  const problems = twice.map((path) => `field map: ${path} is mapped twice`);
  if ("life" in groups) problems.push("field map: `life` is no group name, it stands for the member's life");
  if (problems.length > 0) throw new SyncError("config_invalid", { problems });
  return { groups };
}

/**
 * The canonical record of what a side holds. A path that the native object does not carry makes no group (absent);
 * in a group of several fields absent parts are `null`, unless all are absent. A thing that cannot be read counts as
 * absent: it must not clear the other side.
 */
export function toRecord(map: FieldMap, native: unknown): MemberRecord {
  const groups = Object.entries(map.groups).map(([name, each]) => [name, readGroup(each, native)] as const);
  return Object.fromEntries(groups.flatMap(([name, value]) => (value === ABSENT ? [] : [[name, value] as const])));
}

/** Path → flag of each value that is not what its field expects. Names only, no values. */
export function flagsOf(map: FieldMap, native: unknown): Readonly<Record<string, string>> {
  const fields = Object.values(map.groups).flatMap((each) => Object.values(each.fields));
  return Object.fromEntries(
    fields.flatMap((each) => {
      const parsed = readField(each, native);
      return parsed === ABSENT || parsed.flag === undefined ? [] : [[each.path, parsed.flag] as const];
    }),
  );
}

/**
 * What to write, by canonical path. A group's parts are written together: a part that is not given is `null`.
 * Throws `message_malformed` for a group that is not mapped, since ignoring it would report a write that never was.
 */
export function toPaths(map: FieldMap, groups: MemberRecord): Readonly<Record<string, Scalar>> {
  const unmapped = Object.keys(groups).filter((name) => groupMapOf(map, name) === undefined);
  if (unmapped.length > 0) throw new SyncError("message_malformed", { unmapped });
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, value]) =>
      partsOf(groupMapOf(map, name), value).map(({ field: each, part }) => [each.path, part] as const),
    ),
  );
}

/** Whether two values of a group are one after normalisation. `undefined` counts as `null`. */
export function sameValue(map: FieldMap, name: GroupName, a: GroupValue | undefined, b: GroupValue | undefined): boolean {
  if ((a ?? null) === (b ?? null)) return true;
  const each = groupMapOf(map, name);
  if (each === undefined || isOdd(each, a) || isOdd(each, b)) return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
  for (const [key, { codec }] of each.parts) {
    const part = partOf(each, key, a);
    const other = partOf(each, key, b);
    if (part !== other && codec.key(part) !== codec.key(other)) return false;
  }
  return true;
}

/** The group that a canonical path belongs to. */
export function groupOfPath(map: FieldMap, path: string): GroupName | undefined {
  const found = Object.entries(map.groups).find(([, each]) => Object.values(each.fields).some((one) => one.path === path));
  return found?.[0];
}

/** Whether a native object carries anything at a path: `null` and what cannot be read count, an absent field does not. */
export function carries(native: unknown, path: string): boolean {
  return rawAt(path, native) !== ABSENT;
}

/** All paths that are kept equal. */
export function mappedPaths(map: FieldMap): ReadonlySet<string> {
  return new Set(Object.values(map.groups).flatMap((each) => Object.values(each.fields).map((one) => one.path)));
}

export type CheckedValue = { readonly ok: true; readonly value: GroupValue } | { readonly ok: false; readonly reason: string };

/** Reads a value that a person typed into a decision: by the same codecs, but nothing flagged passes. */
export function checkValue(map: FieldMap, name: GroupName, raw: unknown): CheckedValue {
  const each = groupMapOf(map, name);
  if (each === undefined) return { ok: false, reason: "there is no such group" };
  const given = each.single ? { [ONLY]: raw } : raw;
  if (given !== null && !isObject(given)) return { ok: false, reason: "the group's value is an object of its fields" };
  const unknown = Object.keys(given ?? {}).filter((key) => !Object.hasOwn(each.fields, key));
  if (unknown.length > 0) return { ok: false, reason: "the group has no such field" };
  const parsed = Object.entries(each.fields).map(([key, { codec }]) => [key, codec.parse(own(given, key))] as const);
  const flagged = parsed.filter(([, { flag }]) => flag !== undefined);
  if (flagged.length > 0) {
    return { ok: false, reason: flagged.map(([key, { flag }]) => (each.single ? `${flag}` : `${key}: ${flag}`)).join(", ") };
  }
  return {
    ok: true,
    value: assemble(
      each,
      parsed.map(([key, { value }]) => [key, value] as const),
    ),
  };
}

function readGroup(each: GroupMap, native: unknown): GroupValue | typeof ABSENT {
  const read = Object.entries(each.fields).map(([key, one]) => [key, readField(one, native)] as const);
  if (read.every(([, parsed]) => parsed === ABSENT)) return ABSENT;
  if (read.some(([, parsed]) => parsed !== ABSENT && parsed.flag === UNREADABLE)) return ABSENT;
  return assemble(
    each,
    read.map(([key, parsed]) => [key, parsed === ABSENT ? null : parsed.value] as const),
  );
}

/** A group whose parts are all `null` is cleared: `null`. */
function assemble(each: GroupMap, parts: readonly (readonly [string, Scalar])[]): GroupValue {
  if (parts.every(([, part]) => part === null)) return null;
  return each.single ? (parts[0]?.[1] ?? null) : Object.fromEntries(parts);
}

function readField(one: Field, native: unknown): ParsedScalar | typeof ABSENT {
  const raw = rawAt(one.path, native);
  if (raw === ABSENT) return ABSENT;
  if (raw === NO_MAP) return { value: null, flag: UNREADABLE };
  return raw === null ? { value: null } : one.codec.parse(raw);
}

/** What stands at a path. A `null` on the way there is the value of all below it. */
function rawAt(path: string, native: unknown): unknown {
  let at: unknown = native;
  for (const step of path.split(".")) {
    if (at === null) return null;
    if (at === undefined) return ABSENT;
    if (!isObject(at)) return NO_MAP;
    at = own(at, step);
  }
  return at === undefined ? ABSENT : at;
}

function partsOf(each: GroupMap | undefined, value: GroupValue | undefined): readonly { readonly field: Field; readonly part: Scalar }[] {
  if (each === undefined) return [];
  return each.parts.map(([key, one]) => ({ field: one, part: partOf(each, key, value) }));
}

function partOf(each: GroupMap, key: string, value: GroupValue | undefined): Scalar {
  const part: unknown = each.single ? value : own(value, key);
  return isScalar(part) ? part : null;
}

/** A value that is not of its group's shape: an object for a single field, or a scalar for several. */
function isOdd(each: GroupMap, value: GroupValue | undefined): boolean {
  return value !== null && value !== undefined && isParts(value) === each.single;
}

function groupMapOf(map: FieldMap, name: GroupName): GroupMap | undefined {
  return Object.hasOwn(map.groups, name) ? map.groups[name] : undefined;
}

/** Own properties only, so that `constructor` or `__proto__` in a message finds nothing. */
function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isParts(value: GroupValue | undefined): value is { readonly [field: string]: Scalar } {
  return typeof value === "object" && value !== null;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function sorted(value: GroupValue | undefined): unknown {
  if (!isParts(value)) return value ?? null;
  const filled = Object.entries(value).filter(([, part]) => part !== null);
  return filled.length === 0 ? null : filled.sort(([a], [b]) => (a < b ? -1 : 1));
}

function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

function mapValues<A, B>(from: Readonly<Record<string, A>>, make: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, make(value)]));
}
