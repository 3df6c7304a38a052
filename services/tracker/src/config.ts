import { list } from "@member-sync/shared/runtime/config.ts";
import { parseServiceConfig, type ServiceConfig } from "@member-sync/shared/runtime/service-config.ts";

export interface TrackerConfig extends ServiceConfig {
  /** Our own service account, as Firestore's events name it. Empty: events do not name the writer, as on the emulator. */
  readonly ownWriters: readonly string[];
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function trackerConfig(env: Readonly<Record<string, string | undefined>>): TrackerConfig {
  const variables = {
    OWN_WRITER: list().optional(),
  };
  const { service, own } = parseServiceConfig(variables, env);
  return {
    ...service,
    ownWriters: own.OWN_WRITER ?? [],
  };
}
