import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Refusal } from "@member-sync/shared/messages/observation.ts";
import type { PathRefusal } from "./ports.ts";
import { LIFE, refusedGroups, UNMAPPED } from "./refused-groups.ts";

export type Rejections = Readonly<Record<GroupName, Refusal>>;

/**
 * Why Django rejected a whole command: the groups that it names, and the member's life with those reasons where the
 * command was to change it. A group that was merely not written because of another one is not rejected: it is free to
 * go with the next command.
 */
export function rejectionsOfWhole(fieldMap: FieldMap, command: ApplyCommand, errors: Readonly<Record<string, PathRefusal>>): Rejections {
  const named = { ...neverSent(fieldMap, command), ...refusedGroups(fieldMap, errors) };
  const reasons = Object.entries(named).map(([group, { message }]) => `${group}: ${message}`);
  if (reasons.length === 0)
    return rejectionOfUnnamed(command, { code: "rejected", message: "Django rejected the change and named no field" });
  if (command.life === undefined || LIFE in named) return named;
  const what = command.life === "alive" ? "create or reactivate the member" : "deactivate the member";
  const life = { code: "rejected", message: `Django did not ${what}. ${reasons.join("; ")}`.slice(0, 500) };
  return { ...named, [LIFE]: life };
}

/** Where nobody names a group, somebody must still see the rejection: the member's life, else every group of the command. */
export function rejectionOfUnnamed(command: ApplyCommand, refusal: Refusal): Rejections {
  const groups = command.life === undefined ? Object.keys(command.groups) : [LIFE];
  return Object.fromEntries(groups.map((group) => [group, refusal]));
}

/**
 * P7: a group that Django's record does not carry was not written, whatever the status says. Of a group that this service's
 * own field map does not have, the record says nothing: another version may have written it, and Django knows what was left out.
 */
export function rejectionsOfPart(fieldMap: FieldMap, command: ApplyCommand, record: MemberRecord): Rejections {
  const isDropped = (group: GroupName) => Object.hasOwn(fieldMap.groups, group) && record[group] === undefined;
  return unmapped(Object.keys(command.groups).filter(isDropped));
}

/** Groups that this service's own field map does not have: they never reached Django. */
function neverSent(fieldMap: FieldMap, { groups }: ApplyCommand): Rejections {
  return unmapped(Object.keys(groups).filter((group) => !Object.hasOwn(fieldMap.groups, group)));
}

function unmapped(groups: readonly GroupName[]): Rejections {
  return Object.fromEntries(groups.map((group) => [group, UNMAPPED]));
}
