import { groupOfPath, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Refusal } from "@member-sync/shared/messages/observation.ts";
import type { PathRefusal } from "./ports.ts";
import { STATUS_PATH } from "./to-change.ts";

/** Pseudo-group that a member's life is addressed by. */
export const LIFE = "life";

/** Django names paths; the sync names groups. Of a group's paths the first one speaks. */
export function refusedGroups(fieldMap: FieldMap, errors: Readonly<Record<string, PathRefusal>>): Record<GroupName, Refusal> {
  const refusals: Record<GroupName, Refusal> = {};
  for (const [path, { code, message }] of Object.entries(errors)) {
    const group = path === STATUS_PATH ? LIFE : (groupOfPath(fieldMap, path) ?? path);
    refusals[group] ??= { code: code.slice(0, 60), message: message.slice(0, 500) };
  }
  return refusals;
}
