import { parseServiceConfig, type ServiceConfig } from "@member-sync/shared/runtime/service-config.ts";

export type TrackerConfig = ServiceConfig;

/** Reads the environment; throws `config_invalid` that names every bad variable. The tracker needs none of its own. */
export function trackerConfig(env: Readonly<Record<string, string | undefined>>): TrackerConfig {
  return parseServiceConfig({}, env).service;
}
