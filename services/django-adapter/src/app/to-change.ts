import { toPaths, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, Scalar } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DjangoChange } from "./ports.ts";

/** Where both sides keep whether the member is active. */
export const STATUS_PATH = "membership.status";

const UNMAPPED_PREFIX = "unmapped:";

/**
 * The change that asks Django to do what the command says. A group that this service's field map does not have goes as a
 * path that Django cannot have either: Django rejects it and stores that with the write id, so that whoever asks again, or
 * reads the member, learns what the write left out.
 */
export function toChange(fieldMap: FieldMap, command: ApplyCommand): DjangoChange {
  const isMapped = ([group]: readonly [GroupName, unknown]) => Object.hasOwn(fieldMap.groups, group);
  const mapped = Object.fromEntries(Object.entries(command.groups).filter(isMapped));
  const leftOut = Object.entries(command.groups).filter((entry) => !isMapped(entry));
  return {
    kennitala: command.kennitala,
    djangoId: command.djangoId,
    action: actionOf(command),
    changes: {
      ...toPaths(fieldMap, mapped),
      ...Object.fromEntries(leftOut.map(([group]) => [`${UNMAPPED_PREFIX}${group}`, null])),
      ...statusOf(command),
    },
    writeId: command.writeId,
    expectedRevision: expectedRevisionOf(command),
    ...(command.lineage !== undefined && { lineage: command.lineage }),
    emittedAt: command.emittedAt,
  };
}

/** The group that a path stands for which the field map of some version of this service left out. */
export function leftOutGroupOf(path: string): GroupName | undefined {
  return path.startsWith(UNMAPPED_PREFIX) ? path.slice(UNMAPPED_PREFIX.length) : undefined;
}

/** The change that uses up the command's write id, so that no copy of it is written later. */
export function toCancel(command: ApplyCommand): DjangoChange {
  return {
    kennitala: command.kennitala,
    djangoId: command.djangoId,
    action: "cancel",
    changes: {},
    writeId: command.writeId,
    expectedRevision: expectedRevisionOf(command),
  };
}

/** Django's revisions outlive the row: a create for a member that was deleted expects the revision of the removal. */
function expectedRevisionOf({ expectRevision, tombstone }: ApplyCommand): number | null {
  const expected = expectRevision ?? tombstone;
  return expected === undefined ? null : Number(expected);
}

function actionOf(command: ApplyCommand): DjangoChange["action"] {
  if (command.life === "deleted") return "delete";
  return command.life === "alive" && command.expectRevision === null ? "create" : "update";
}

function statusOf(command: ApplyCommand): Readonly<Record<string, Scalar>> {
  if (command.life === undefined) return {};
  return { [STATUS_PATH]: command.life === "deleted" ? "inactive" : "active" };
}
