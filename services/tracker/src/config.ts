import { choice, parseConfig, port, secret, text, type Secret } from "@member-sync/shared/runtime/config.ts";
import { z } from "zod";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const schema = z.object({
  PORT: port().default(8080),
  HOST: text().default("0.0.0.0"),
  PROJECT_ID: text(),
  FIRESTORE_EMULATOR_HOST: text().optional(),
  PUBSUB_EMULATOR_HOST: text().optional(),
  MEMBER_REF_KEY: secret(16),
  MEMBER_SYNC_CONFIG: text(),
  DELIVERY: choice(["push", "pull"]).default("push"),
  PUSH_AUTH: choice(["none", "oidc"]).default("oidc"),
  LOG_LEVEL: choice(LEVELS).default("info"),
});

const oidcSchema = schema.extend({ PUSH_AUDIENCE: text(), PUSH_SERVICE_ACCOUNT: text() });

/** How pushes prove that they come from our broker. */
export type PushAuth =
  | { readonly kind: "none" }
  | { readonly kind: "oidc"; readonly audience: string; readonly serviceAccountEmail: string };

export interface TrackerConfig {
  readonly http: { readonly host: string; readonly port: number };
  readonly projectId: string;
  readonly firestoreEmulatorHost?: string;
  readonly pubsubEmulatorHost?: string;
  readonly memberRefKey: Secret;
  /** Path of the user's `member-sync.config.ts`. */
  readonly memberSyncPath: string;
  readonly delivery: "push" | "pull";
  readonly pushAuth: PushAuth;
  readonly logLevel: string;
}

/**
 * Reads the environment; throws `config_invalid` that names every bad variable. Tokens are asked for also where
 * commands are pulled: events are pushed in either case.
 */
export function trackerConfig(env: Readonly<Record<string, string | undefined>>): TrackerConfig {
  if (env["PUSH_AUTH"]?.trim() === "none") return assemble(parseConfig(schema, env), { kind: "none" });
  const variables = parseConfig(oidcSchema, env);
  const { PUSH_AUDIENCE: audience, PUSH_SERVICE_ACCOUNT: serviceAccountEmail } = variables;
  return assemble(variables, { kind: "oidc", audience, serviceAccountEmail });
}

function assemble(variables: z.output<typeof schema>, pushAuth: PushAuth): TrackerConfig {
  const { FIRESTORE_EMULATOR_HOST: firestoreEmulatorHost, PUBSUB_EMULATOR_HOST: pubsubEmulatorHost } = variables;
  return {
    http: { host: variables.HOST, port: variables.PORT },
    projectId: variables.PROJECT_ID,
    ...(firestoreEmulatorHost !== undefined && { firestoreEmulatorHost }),
    ...(pubsubEmulatorHost !== undefined && { pubsubEmulatorHost }),
    memberRefKey: variables.MEMBER_REF_KEY,
    memberSyncPath: variables.MEMBER_SYNC_CONFIG,
    delivery: variables.DELIVERY,
    pushAuth,
    logLevel: variables.LOG_LEVEL,
  };
}
