import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import { valueAt } from "./document-paths.ts";
import { djangoIdOf, lifeOfData, PATHS } from "./member-document.ts";
import type { MarkedSnapshot } from "./own-mark.ts";

/** What counts of a document here, whatever its revision. */
type MarkedData = Pick<MarkedSnapshot, "data" | "mark">;

/**
 * The protected paths that do not hold what only we write there, judged from the document alone, so that the event and
 * a read of one state say the same. A document that we never wrote to lacks our fields and is not tampered with by
 * that; a foreign kennitala or a forged mark is.
 */
export function tamperedPaths(kennitala: string, { data, mark }: MarkedData): readonly string[] {
  const isDjangoIdOdd = (valueAt(data, PATHS.djangoId) ?? null) !== null && djangoIdOf(data) === null;
  return [
    ...(isKennitalaTampered(kennitala, { data, mark }) ? [PATHS.kennitala] : []),
    ...(isStatusTampered({ data, mark }) ? [PATHS.status] : []),
    ...(isDjangoIdOdd ? [PATHS.djangoId] : []),
    ...(mark.kind === "forged" ? [PATHS.sync] : []),
  ];
}

/** The portal may spell it with a dash until we write to the document for the first time. */
function isKennitalaTampered(kennitala: string, { data, mark }: MarkedData): boolean {
  const value = valueAt(data, PATHS.kennitala) ?? null;
  if (mark.kind === "valid") return value !== kennitala;
  if (value === null) return djangoIdOf(data) !== null;
  const parsed = parseKennitala(value);
  return !parsed.ok || parsed.kennitala !== kennitala;
}

function isStatusTampered({ data, mark }: MarkedData): boolean {
  const value = valueAt(data, PATHS.status) ?? null;
  if (value === null) return mark.kind === "valid";
  const hasOurTraces = mark.kind !== "none" || djangoIdOf(data) !== null;
  return hasOurTraces && value !== (lifeOfData(data) === "alive" ? "active" : "inactive");
}
