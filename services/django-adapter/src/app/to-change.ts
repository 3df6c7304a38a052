import { toPaths, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DjangoChange } from "./ports.ts";

/** Where both sides keep whether the member is active. */
export const STATUS_PATH = "membership.status";

/** The change that asks Django to do what the command says; a group that no field maps is left out, and refused by its answer. */
export function toChange(fieldMap: FieldMap, command: ApplyCommand): DjangoChange {
  const mapped = Object.fromEntries(Object.entries(command.groups).filter(([group]) => Object.hasOwn(fieldMap.groups, group)));
  return {
    kennitala: command.kennitala,
    djangoId: command.djangoId,
    action: actionOf(command),
    changes: { ...toPaths(fieldMap, mapped), ...statusOf(command) },
    writeId: command.writeId,
    expectedRevision: expectedRevisionOf(command),
    ...(command.lineage !== undefined && { lineage: command.lineage }),
  };
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
