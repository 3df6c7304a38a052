import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Evidence } from "./evidence.ts";
import { plainKey } from "./keys.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

/** Tells values apart, and knows an edit's value again when a side has rewritten it. */
export interface Keys {
  of(group: GroupName, value: GroupValue | undefined): string;
  ofEdit(edit: RecordedEdit): ReadonlySet<string>;
}

export function keysOf({ keyOf, rewrittenBy }: Evidence): Keys {
  const known = new Map<RecordedEdit, ReadonlySet<string>>();
  const cached = new Map<GroupName, Map<GroupValue, string>>();
  const of = (group: GroupName, value: GroupValue | undefined) => {
    if (group === LIFE || keyOf === undefined) return plainKey(group, value);
    const ofGroup = cached.get(group) ?? new Map<GroupValue, string>();
    cached.set(group, ofGroup);
    const key = ofGroup.get(value ?? null) ?? keyOf(group, value ?? null);
    ofGroup.set(value ?? null, key);
    return key;
  };
  return {
    of,
    ofEdit(edit) {
      const found = known.get(edit);
      if (found !== undefined) return found;
      const { group, value } = edit;
      const values = rewrittenBy === undefined ? [] : SIDES.map((side) => rewrittenBy(side, group, value));
      const made = new Set([value, ...values].map((each) => of(group, each)));
      known.set(edit, made);
      return made;
    },
  };
}
