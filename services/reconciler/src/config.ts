import { choice, durationMs, secret, secrets, url, type Secret } from "@member-sync/shared/runtime/config.ts";
import { parseServiceConfig, type ServiceConfig } from "@member-sync/shared/runtime/service-config.ts";
import type { Mode } from "./app/plan-for.ts";

const variables = {
  MODE: choice(["realtime", "scheduled"]).default("realtime"),
  API_TOKEN: secrets(16),
  DJANGO_ADAPTER_URL: url(),
  ADAPTER_TOKEN: secret(16),
  SWEEP_INTERVAL: durationMs().optional(),
  ANSWER_TIMEOUT: durationMs().default(120_000),
};

export interface ReconcilerConfig extends ServiceConfig {
  readonly mode: Mode;
  /** Any of them opens the API. */
  readonly apiTokens: readonly Secret[];
  readonly djangoAdapter: { readonly url: string; readonly token: Secret };
  /** Absent where a scheduler calls `/sweep`. */
  readonly sweepIntervalMs?: number;
  readonly answerTimeoutMs: number;
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function reconcilerConfig(env: Readonly<Record<string, string | undefined>>): ReconcilerConfig {
  const { service, own } = parseServiceConfig(variables, env);
  return {
    ...service,
    mode: own.MODE,
    apiTokens: own.API_TOKEN,
    djangoAdapter: { url: own.DJANGO_ADAPTER_URL, token: own.ADAPTER_TOKEN },
    ...(own.SWEEP_INTERVAL !== undefined && { sweepIntervalMs: own.SWEEP_INTERVAL }),
    answerTimeoutMs: own.ANSWER_TIMEOUT,
  };
}
