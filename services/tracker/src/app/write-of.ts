import { toPaths, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupValue, Scalar } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Refusal } from "@member-sync/shared/messages/observation.ts";
import { PATHS } from "./member-document.ts";
import { refusedText, signMark, type MarkKey } from "./own-mark.ts";
import type { DocumentWrite } from "./ports.ts";

export type Refusals = Readonly<Record<string, Refusal>>;

/**
 * What a command comes to.
 * - `write`: paths to write, without the groups that stay out.
 * - `rejected`: nothing, since every group is rejected.
 * - `look`: nothing, since the command only asks what the document holds, or is for another history of the database.
 */
export type PlannedWrite =
  | { readonly kind: "write"; readonly write: DocumentWrite; readonly rejected: Refusals }
  | { readonly kind: "rejected"; readonly rejected: Refusals }
  | { readonly kind: "look" };

/** What decides what a command writes. */
export interface WriteRules {
  readonly fieldMap: FieldMap;
  readonly markKey: MarkKey;
  readonly lineage: string;
}

/** Turns a command into the paths to write. A group that cannot be written is named, and the rest goes without it. */
export function writeOf(command: ApplyCommand, rules: WriteRules): PlannedWrite {
  if (command.look === true || (command.lineage !== undefined && command.lineage !== rules.lineage)) return { kind: "look" };
  const refusals = Object.entries(command.groups).map(([group, value]) => [group, refusalOf(rules.fieldMap, group, value)] as const);
  const rejected = Object.fromEntries(refusals.flatMap(([group, refusal]) => (refusal === undefined ? [] : [[group, refusal]])));
  const accepted = Object.fromEntries(Object.entries(command.groups).filter(([group]) => !Object.hasOwn(rejected, group)));
  const isRejectedWhole = refusals.length > 0 && Object.keys(accepted).length === 0 && command.life === undefined;
  if (isRejectedWhole) return { kind: "rejected", rejected };
  const set: Record<string, Scalar> = {
    ...toPaths(rules.fieldMap, accepted),
    ...lifePaths(command),
    ...markPaths(command, Object.keys(rejected), rules.markKey),
    ...(command.djangoId === null ? {} : { [PATHS.djangoId]: command.djangoId }),
    [PATHS.kennitala]: command.kennitala,
  };
  const serverTime = [PATHS.syncAt, PATHS.lastModified, ...(command.life === "deleted" ? [PATHS.deletedAt] : [])];
  const { kennitala, expectRevision } = command;
  const once = expectRevision === null ? { once: command.writeId } : {};
  return { kind: "write", write: { kennitala, expectRevision, ...once, set, serverTime }, rejected };
}

/** The signature covers the names of the groups that stay out, too: a client must not make up a rejection. */
function markPaths(command: ApplyCommand, leftOut: readonly string[], key: MarkKey): Readonly<Record<string, Scalar>> {
  const { kennitala, writeId, expectRevision: revision } = command;
  const refused = refusedText(writeId, leftOut);
  return {
    [PATHS.writeId]: writeId,
    [PATHS.syncRevision]: revision,
    ...(refused !== "" && { [PATHS.syncRefused]: refused }),
    [PATHS.syncSignature]: signMark(key, kennitala, { writeId, revision, refused }),
  };
}

/** An update says nothing of the member's life unless the command does: P8, an update revives nobody. */
function lifePaths(command: ApplyCommand): Readonly<Record<string, Scalar>> {
  const life = command.life ?? (command.expectRevision === null ? "alive" : undefined);
  switch (life) {
    case "deleted":
      return { [PATHS.status]: "inactive" };
    case "alive":
      return { [PATHS.status]: "active", [PATHS.deletedAt]: null };
    case undefined:
      return {};
  }
}

function refusalOf(fieldMap: FieldMap, group: string, value: GroupValue): Refusal | undefined {
  const map = Object.hasOwn(fieldMap.groups, group) ? fieldMap.groups[group] : undefined;
  if (map === undefined) return { code: "unmapped", message: "no field of this side is mapped to the group" };
  if (value === null) return undefined;
  const isParts = typeof value === "object";
  if (isParts === map.single) return { code: "invalid", message: "the value is not of the group's shape" };
  const strangers = isParts ? Object.keys(value).filter((part) => !Object.hasOwn(map.fields, part)) : [];
  return strangers.length === 0 ? undefined : { code: "invalid", message: "the value has a part that the group does not have" };
}
