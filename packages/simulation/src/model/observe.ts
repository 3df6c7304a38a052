import type { Side } from "@member-sync/shared/member/side.ts";
import type { Answer, Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import type { Content, MapVersion, WorldRules } from "./state.ts";

export const MEMBER = { memberRef: "m", kennitala: "0101302989" } as const;
export const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;

/** What goes into an observation besides the content. */
export interface Observed {
  readonly answer?: Answer;
  /** Groups that vanished with the document in the very step that is observed. */
  readonly replaced?: readonly string[];
  /** The field map of the program that reads. */
  readonly map?: MapVersion | undefined;
}

/** What a side says of itself. Its clock is its revision in hours, and Firestore's runs backwards: no promise may lean on it. */
export function observe(side: Side, content: Content, rules: WorldRules, { map, answer, replaced }: Observed = {}): Observation {
  const drift = side === "django" ? content.revision : -content.revision;
  const { lineage, isTampered } = content;
  return {
    ...MEMBER,
    id: `${side}:${content.revision}`,
    side,
    revision: String(content.revision),
    life: content.life,
    record: map === "old" ? withoutGroup(content.record, lastGroup(rules)) : standing(side, content, rules),
    changedAt: NOW + drift * 2 * HOUR,
    actor: null,
    djangoId: content.djangoId,
    writeId: content.writeId,
    ...(side === "firestore" && content.life !== "missing" && { created: String(content.created) }),
    ...(side === "django" && rules.refusalsUntold !== true && { rejected: refusals(content.rejected, rules) }),
    ...(lineage !== undefined && { lineage }),
    ...(isTampered && { tampered: ["membership.status"] }),
    ...(map === "old" && { unknown: [lastGroup(rules)] }),
    ...(answer && { answer }),
    ...(replaced && { replaced: [...replaced] }),
  };
}

/** Where our mark stands on a document, a field that is missing was cleared; without it, nobody can tell. */
function standing(side: Side, { record, life, writeId }: Content, { groups, replacements }: WorldRules): Content["record"] {
  if (side === "django" || replacements === undefined || life === "missing" || writeId === null) return record;
  return { ...Object.fromEntries(groups.map((group) => [group, null])), ...record };
}

export function withoutGroup(record: Content["record"], group: string): Content["record"] {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== group));
}

/** The group that an old field map does not have. */
export function lastGroup({ groups }: WorldRules): string {
  return groups.at(-1) ?? "";
}

export function refusals(groups: readonly string[], rules: WorldRules): Record<string, Refusal> {
  const codeOf = (group: string) => (isVersioned(rules) && group === lastGroup(rules) ? "unmapped" : "invalid");
  return Object.fromEntries(groups.map((group) => [group, { code: codeOf(group), message: "rejected" }]));
}

/** Whether programs with two field maps run in this world. */
export function isVersioned({ lateGroup, mixedMaps }: WorldRules): boolean {
  return lateGroup !== undefined || mixedMaps !== undefined;
}
