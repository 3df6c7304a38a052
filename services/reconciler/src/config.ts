import { choice, durationMs, parseConfig, port, secret, secrets, Secret, text, url } from "@member-sync/shared/runtime/config.ts";
import { z } from "zod";
import type { Mode } from "./app/plan-for.ts";

const schema = z.object({
  PORT: port().default(8080),
  HOST: text().default("0.0.0.0"),
  PROJECT_ID: text(),
  FIRESTORE_EMULATOR_HOST: text().optional(),
  PUBSUB_EMULATOR_HOST: text().optional(),
  MEMBER_REF_KEY: secret(16),
  MEMBER_SYNC_CONFIG: text(),
  MODE: choice(["realtime", "scheduled"]).default("realtime"),
  API_TOKEN: secrets(16),
  DJANGO_ADAPTER_URL: url(),
  ADAPTER_TOKEN: secret(16),
  DELIVERY: choice(["push", "pull"]).default("push"),
  PUSH_AUTH: choice(["none", "oidc"]).default("oidc"),
  SWEEP_INTERVAL: durationMs().optional(),
  ANSWER_TIMEOUT: durationMs().default(120_000),
  LOG_LEVEL: choice(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
});

const oidcSchema = schema.extend({ PUSH_AUDIENCE: text(), PUSH_SERVICE_ACCOUNT: text() });

/** How pushes prove that they come from our broker. */
export type PushAuth = { readonly kind: "none" } | { readonly kind: "oidc"; readonly audience: string; readonly serviceAccountEmail: string };

export interface ReconcilerConfig {
  readonly http: { readonly host: string; readonly port: number };
  readonly firestore: { readonly projectId: string; readonly emulatorHost?: string };
  readonly pubsub: { readonly projectId: string; readonly emulatorHost?: string };
  readonly memberRefKey: Secret;
  /** Path of the user's `member-sync.config.ts`. */
  readonly memberSyncPath: string;
  readonly mode: Mode;
  /** Any of them opens the API. */
  readonly apiTokens: readonly Secret[];
  readonly djangoAdapter: { readonly url: string; readonly token: Secret };
  readonly delivery: "push" | "pull";
  readonly pushAuth: PushAuth;
  /** Absent where a scheduler calls `/sweep`. */
  readonly sweepIntervalMs?: number;
  readonly answerTimeoutMs: number;
  readonly logLevel: string;
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function reconcilerConfig(env: Readonly<Record<string, string | undefined>>): ReconcilerConfig {
  if (env["PUSH_AUTH"]?.trim() === "none") return assemble(parseConfig(schema, env), { kind: "none" });
  const variables = parseConfig(oidcSchema, env);
  const { PUSH_AUDIENCE: audience, PUSH_SERVICE_ACCOUNT: serviceAccountEmail } = variables;
  return assemble(variables, { kind: "oidc", audience, serviceAccountEmail });
}

function assemble(variables: z.output<typeof schema>, pushAuth: PushAuth): ReconcilerConfig {
  const { PROJECT_ID: projectId, FIRESTORE_EMULATOR_HOST: firestoreHost, PUBSUB_EMULATOR_HOST: pubsubHost } = variables;
  return {
    http: { host: variables.HOST, port: variables.PORT },
    firestore: { projectId, ...(firestoreHost !== undefined && { emulatorHost: firestoreHost }) },
    pubsub: { projectId, ...(pubsubHost !== undefined && { emulatorHost: pubsubHost }) },
    memberRefKey: variables.MEMBER_REF_KEY,
    memberSyncPath: variables.MEMBER_SYNC_CONFIG,
    mode: variables.MODE,
    apiTokens: variables.API_TOKEN,
    djangoAdapter: { url: variables.DJANGO_ADAPTER_URL, token: variables.ADAPTER_TOKEN },
    delivery: variables.DELIVERY,
    pushAuth,
    ...(variables.SWEEP_INTERVAL !== undefined && { sweepIntervalMs: variables.SWEEP_INTERVAL }),
    answerTimeoutMs: variables.ANSWER_TIMEOUT,
    logLevel: variables.LOG_LEVEL,
  };
}
