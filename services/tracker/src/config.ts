import { createHash } from "node:crypto";
import { list, text } from "@member-sync/shared/runtime/config.ts";
import { parseServiceConfig, type ServiceConfig } from "@member-sync/shared/runtime/service-config.ts";

/** The database that the clients and the triggers use. */
const DATABASE = "(default)";
const MAX_LINEAGE = 64;

export interface TrackerConfig extends ServiceConfig {
  /** Our own service account, as Firestore's events name it. Empty: events do not name the writer, as on the emulator. */
  readonly ownWriters: readonly string[];
  /** Identity of the database's history. */
  readonly lineage: string;
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function trackerConfig(env: Readonly<Record<string, string | undefined>>): TrackerConfig {
  const variables = {
    OWN_WRITER: list().optional(),
    FIRESTORE_LINEAGE: text().max(MAX_LINEAGE, `is longer than ${MAX_LINEAGE} characters`).optional(),
  };
  const { service, own } = parseServiceConfig(variables, env);
  return {
    ...service,
    ownWriters: own.OWN_WRITER ?? [],
    lineage: own.FIRESTORE_LINEAGE ?? lineageOf(service.firestore.projectId),
  };
}

/** A database that is restored under another name has another lineage at once. */
function lineageOf(projectId: string): string {
  return createHash("sha256").update(`${projectId}/${DATABASE}`).digest("base64url").slice(0, 16);
}
