import { carries, toRecord, type Field, type FieldMap, type GroupMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, GroupValue, MemberRecord, Scalar } from "@member-sync/shared/member/member-record.ts";
import { valueAt } from "./document-paths.ts";
import { djangoIdOf, PATHS } from "./member-document.ts";
import type { MarkedSnapshot } from "./own-mark.ts";
import type { DocumentData } from "./ports.ts";

const PROFILE = "profile.";

/** What counts of a document here, whatever its revision. */
type MarkedData = Pick<MarkedSnapshot, "data" | "mark">;

/** What an event says of the member's groups. */
export interface RecordAfter {
  readonly record: MemberRecord;
  /** Groups that lost a value because a program replaced the map around it: nobody cleared it. */
  readonly replaced: readonly GroupName[];
}

/**
 * The record of a document, read without what it held before. A missing group counts as cleared where everything that
 * only we write is still there, since a program that replaces the map around the group takes that along; otherwise
 * nobody can tell, and the group is left out. An unreadable value clears nothing.
 */
export function standingRecord(fieldMap: FieldMap, document: MarkedData): MemberRecord {
  const now = toRecord(fieldMap, document.data);
  const isCleared = ([name, { parts }]: readonly [GroupName, GroupMap]) =>
    !Object.hasOwn(now, name) && parts.every(([, { path }]) => !carries(document.data, path) && isIntactAround(path, document));
  const cleared = Object.entries(fieldMap.groups).filter(isCleared);
  return { ...now, ...Object.fromEntries(cleared.map(([name]) => [name, null])) };
}

/**
 * The record after a change. A group that was there and is missing now was cleared, unless the fields that only we
 * write vanished in the same write: then the document or the map was replaced, and the group keeps the value from before,
 * of which nobody else may have heard. Of a group of which some parts are carried on, those parts count as edited, and a part that
 * vanished keeps its value.
 */
export function recordAfter(fieldMap: FieldMap, before: MarkedData, after: MarkedData): RecordAfter {
  const [earlier, standing] = [standingRecord(fieldMap, before), standingRecord(fieldMap, after)];
  const isReplacedAround = replacedAround(before, after);
  const groups = Object.entries(fieldMap.groups).map(([name, group]) => {
    const missing = group.parts.filter(([, { path }]) => !carries(after.data, path));
    const lost = missing.filter(([key, { path }]) => isReplacedAround(path) && partOf(group, key, earlier[name]) !== null);
    const value =
      missing.length === group.parts.length
        ? afterMissing(earlier[name], standing[name], lost)
        : withParts(standing[name], earlier[name], lost);
    return { name, value, isReplaced: lost.length > 0 };
  });
  return {
    record: Object.fromEntries(groups.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    replaced: groups.filter(({ isReplaced }) => isReplaced).map(({ name }) => name),
  };
}

type Parts = readonly (readonly [key: string, field: Field])[];

/** The value of a group of which the document carries nothing any more. */
function afterMissing(earlier: GroupValue | undefined, standing: GroupValue | undefined, lost: Parts): GroupValue | undefined {
  if (lost.length > 0) return earlier;
  return earlier === undefined ? standing : null;
}

/** The value of a group of which the document carries some parts, with the lost ones as they were. */
function withParts(standing: GroupValue | undefined, earlier: GroupValue | undefined, lost: Parts): GroupValue | undefined {
  if (lost.length === 0 || standing === undefined || !isParts(earlier)) return standing;
  const carried = isParts(standing) ? standing : {};
  const kept = Object.fromEntries(lost.map(([key]) => [key, earlier[key] ?? null]));
  return { ...Object.fromEntries(Object.keys(earlier).map((key) => [key, null])), ...carried, ...kept };
}

/** Whether everything that only we write into the map around a path is there. */
function isIntactAround(path: string, { data, mark }: MarkedData): boolean {
  return mark.kind === "valid" && (!path.startsWith(PROFILE) || hasKennitala(data));
}

/** Tells for a path whether the write took along what only we write into the map around it. */
function replacedAround(before: MarkedData, after: MarkedData): (path: string) => boolean {
  const isMarkGone = isOurTraceGone(before, after);
  const isKennitalaGone = hasKennitala(before.data) && !hasKennitala(after.data);
  return (path) => isMarkGone || (isKennitalaGone && path.startsWith(PROFILE));
}

/** A document that an earlier program wrote has the Django id only. */
function isOurTraceGone(before: MarkedData, after: MarkedData): boolean {
  if (before.mark.kind === "valid") return after.mark.kind !== "valid";
  if (before.mark.kind === "forged") return after.mark.kind === "none";
  return djangoIdOf(before.data) !== null && djangoIdOf(after.data) === null;
}

function hasKennitala(data: DocumentData): boolean {
  return (valueAt(data, PATHS.kennitala) ?? null) !== null;
}

function partOf(group: GroupMap, key: string, value: GroupValue | undefined): Scalar {
  if (isParts(value)) return value[key] ?? null;
  return group.single ? (value ?? null) : null;
}

function isParts(value: GroupValue | undefined): value is { readonly [field: string]: Scalar } {
  return typeof value === "object" && value !== null;
}
