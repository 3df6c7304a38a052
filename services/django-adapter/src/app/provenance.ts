import type { Provenance } from "./ports.ts";

/** The part of an observation that says where it was read. */
export function provenanceOf({ lineage, clockErrorMs }: Provenance): Provenance {
  return { ...(lineage !== undefined && { lineage }), ...(clockErrorMs !== undefined && { clockErrorMs }) };
}
