import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, GroupValue, Scalar } from "@member-sync/shared/member/member-record.ts";

/** What equality of values compares; equal for two values that the field map calls one value. */
export type KeyOf = (group: GroupName, value: GroupValue | undefined) => string;

/** Values as they are: nothing is normalised but what is absent, which counts as cleared. */
export const plainKey: KeyOf = (_, value) => JSON.stringify(isParts(value) ? filled(Object.entries(value)) : (value ?? null));

/** Keys by the codecs of a field map. */
export function fieldMapKeys(map: FieldMap): KeyOf {
  return (group, value) => {
    const each = map.groups[group];
    if (each === undefined || isParts(value) === each.single) return plainKey(group, value);
    const parts = Object.entries(each.fields).map(([name, { codec }]): readonly [string, Scalar] => {
      const part = isParts(value) ? value[name] : value;
      return [name, codec.key(isParts(part) ? null : (part ?? null))];
    });
    return JSON.stringify(each.single ? (parts[0]?.[1] ?? null) : filled(parts));
  };
}

/** The key of a cleared group. */
export const CLEARED = "null";

function filled(parts: readonly (readonly [string, Scalar])[]): unknown {
  const some = parts.filter(([, part]) => part !== null);
  return some.length === 0 ? null : some.sort(([a], [b]) => (a < b ? -1 : 1));
}

function isParts(value: unknown): value is { readonly [field: string]: Scalar } {
  return typeof value === "object" && value !== null;
}
