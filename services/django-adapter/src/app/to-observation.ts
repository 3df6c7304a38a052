import { groupOfPath, mappedPaths, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { observation, observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import type { OutboxRow } from "./ports.ts";
import { provenanceOf } from "./provenance.ts";
import { readRecord } from "./read-record.ts";
import { refusedGroups } from "./refused-groups.ts";

/** An observation, or why the row can never become one. */
export type RowReading =
  | { readonly kind: "observation"; readonly observation: Observation }
  | { readonly kind: "unusable"; readonly reason: string };

/** Field names of the outbox that no group carries: they are told by `life` and by the key. */
const NOT_GROUPS: ReadonlySet<string> = new Set(["status", "is_active", "kennitala", "ssn"]);

/** An actor is an opaque id; whatever does not look like one is not passed on. */
const OPAQUE_ACTOR = /^[\w:.-]{1,200}$/;

/**
 * What the newest outbox row of a member says. All rows of a page describe the member as it stands now, so one
 * observation covers them; `fieldsChanged` are the names that any of them touched.
 */
export function toObservation(fieldMap: FieldMap, memberRefKey: string, row: OutboxRow, fieldsChanged: Iterable<string>): RowReading {
  const kennitala = parseKennitala(row.ssn);
  if (!kennitala.ok) return { kind: "unusable", reason: `kennitala: ${kennitala.reason}` };
  const memberRef = memberRefOf(memberRefKey, kennitala.kennitala);
  const { record, unknown } = readRecord(fieldMap, row.life, row.record);
  const { groups, unmapped } = namesToGroups(fieldMap, fieldsChanged);
  const changed = changedGroups(groups, record);
  const parsed = observation.safeParse({
    id: observationId({ side: "django", memberRef, revision: row.revision }),
    side: "django",
    memberRef,
    kennitala: kennitala.kennitala,
    revision: row.revision,
    life: row.life,
    record,
    changed,
    changedAt: row.createdAt,
    actor: row.actor !== null && OPAQUE_ACTOR.test(row.actor) ? row.actor : null,
    djangoId: row.djangoId,
    writeId: row.writeId,
    ...(row.writeErrors && { rejected: refusedGroups(fieldMap, row.writeErrors) }),
    ...(unmapped.length > 0 && { unmapped }),
    ...(unknown.length > 0 && { unknown }),
    ...provenanceOf(row),
  });
  if (parsed.success) return { kind: "observation", observation: parsed.data };
  const places = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.code}`);
  return { kind: "unusable", reason: places.join("; ") };
}

/** The outbox names fields by the last part of their path; a full path is understood as well. */
function namesToGroups(fieldMap: FieldMap, names: Iterable<string>) {
  const byName = new Map<string, GroupName>();
  for (const path of mappedPaths(fieldMap)) {
    const group = groupOfPath(fieldMap, path);
    if (group === undefined) continue;
    byName.set(path, group);
    byName.set(path.slice(path.lastIndexOf(".") + 1), group);
  }
  const groups = new Set<GroupName>();
  const unmapped: string[] = [];
  for (const name of names) {
    const group = byName.get(name);
    if (group !== undefined) groups.add(group);
    else if (!NOT_GROUPS.has(name)) unmapped.push(name);
  }
  return { groups, unmapped };
}

function changedGroups(groups: ReadonlySet<GroupName>, record: MemberRecord): Record<GroupName, { to?: GroupValue }> {
  const entries = [...groups].map((group) => {
    const to = record[group];
    return [group, to === undefined ? {} : { to }] as const;
  });
  return Object.fromEntries(entries);
}
