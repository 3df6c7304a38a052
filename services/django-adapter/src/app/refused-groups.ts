import { groupOfPath, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Refusal } from "@member-sync/shared/messages/observation.ts";
import type { PathRefusal } from "./ports.ts";
import { leftOutGroupOf, STATUS_PATH } from "./to-change.ts";

/** Pseudo-group that a member's life is addressed by. */
export const LIFE = "life";

/** Why a group was not written that a field map, of this service or of Django, does not have. */
export const UNMAPPED: Refusal = { code: "unmapped", message: "Django's record does not carry this field" };

/** Django names paths; the sync names groups. Of a group's paths the first one speaks. */
export function refusedGroups(fieldMap: FieldMap, errors: Readonly<Record<string, PathRefusal>>): Record<GroupName, Refusal> {
  const refusals: Record<GroupName, Refusal> = {};
  for (const [path, { code, message }] of Object.entries(errors)) {
    const leftOut = leftOutGroupOf(path);
    if (leftOut !== undefined) {
      // Django may blame every path of the change; this one was never at fault.
      refusals[leftOut] = UNMAPPED;
      continue;
    }
    const group = path === STATUS_PATH ? LIFE : (groupOfPath(fieldMap, path) ?? path);
    refusals[group] ??= { code: code.slice(0, 60), message: message.slice(0, 500) };
  }
  return refusals;
}
