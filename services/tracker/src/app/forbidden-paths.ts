import { UNREADABLE } from "@member-sync/shared/member/codecs.ts";
import { flagsOf, groupOfPath, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { valueAt } from "./document-paths.ts";
import { PATHS } from "./member-document.ts";
import type { DocumentChange } from "./ports.ts";

const MAX_PATHS = 100;
const MAX_PATH_LENGTH = 200;

/** What decides which paths clients may write. */
export interface PathRules {
  readonly fieldMap: FieldMap;
  readonly notSteerable: readonly string[];
}

/** Names the changed paths that do not propagate: those that clients may not write, and those that no field maps. */
export function withheldPaths(
  change: DocumentChange,
  paths: readonly string[],
  rules: PathRules,
): Pick<Observation, "refused" | "unmapped"> {
  const isForbidden = (path: string) => rules.notSteerable.some((root) => path === root || path.startsWith(`${root}.`));
  const refused = [
    ...paths.filter(isForbidden),
    ...(claimsOtherKennitala(change) ? [PATHS.kennitala] : []),
    ...unreadablePaths(change, paths, rules.fieldMap),
  ];
  const unmapped = paths.filter((path) => !isForbidden(path) && !isMapped(rules.fieldMap, path));
  return {
    ...(refused.length === 0 ? {} : { refused: bounded(refused) }),
    ...(unmapped.length === 0 ? {} : { unmapped: bounded(unmapped) }),
  };
}

/** Mapped paths that were given something no value of the field can be, such as a list: reported, not taken. */
function unreadablePaths({ before, after }: DocumentChange, changed: readonly string[], fieldMap: FieldMap): readonly string[] {
  const unreadable = Object.entries(flagsOf(fieldMap, after?.data)).flatMap(([path, flag]) => (flag === UNREADABLE ? [path] : []));
  if (before === undefined) return unreadable;
  const isWithin = (a: string, b: string) => a === b || a.startsWith(`${b}.`);
  return unreadable.filter((path) => changed.some((candidate) => isWithin(candidate, path) || isWithin(path, candidate)));
}

/** A path above a mapped one counts: the map was replaced by something else, or the other way round. */
function isMapped(fieldMap: FieldMap, path: string): boolean {
  if (groupOfPath(fieldMap, path) !== undefined) return true;
  return Object.values(fieldMap.groups).some((group) =>
    Object.values(group.fields).some((field) => field.path.startsWith(`${path}.`) || path.startsWith(`${field.path}.`)),
  );
}

/** A document that appears under one kennitala and claims another. */
function claimsOtherKennitala(change: DocumentChange): boolean {
  if (change.before !== undefined || change.after === undefined) return false;
  const claimed = valueAt(change.after.data, PATHS.kennitala) ?? null;
  const parsed = parseKennitala(claimed);
  return claimed !== null && !(parsed.ok && parsed.kennitala === change.kennitala);
}

function bounded(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.slice(0, MAX_PATH_LENGTH)))].slice(0, MAX_PATHS);
}
