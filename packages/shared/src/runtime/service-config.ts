import { z } from "zod";
import type { PushAuth } from "../http/push-auth.ts";
import { choice, parseConfig, port, secret, text, type Secret } from "./config.ts";

/** The variables that every service reads. */
const common = z.object({
  PORT: port().default(8080),
  HOST: text().default("0.0.0.0"),
  PROJECT_ID: text(),
  FIRESTORE_EMULATOR_HOST: text().optional(),
  PUBSUB_EMULATOR_HOST: text().optional(),
  MEMBER_REF_KEY: secret(16),
  MEMBER_SYNC_CONFIG: text(),
  DELIVERY: choice(["push", "pull"]).default("push"),
  PUSH_AUTH: choice(["none", "oidc"]).default("oidc"),
  PUSH_AUDIENCE: text().optional(),
  PUSH_SERVICE_ACCOUNT: text().optional(),
  LOG_LEVEL: choice(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
});

/** What every service is told. */
export interface ServiceConfig {
  readonly http: { readonly host: string; readonly port: number };
  readonly firestore: { readonly projectId: string; readonly emulatorHost?: string };
  readonly pubsub: { readonly projectId: string; readonly emulatorHost?: string };
  readonly memberRefKey: Secret;
  /** Path of the user's `member-sync.config.ts`. */
  readonly memberSyncPath: string;
  readonly delivery: "push" | "pull";
  readonly pushAuth: PushAuth;
  readonly logLevel: string;
}

/**
 * Reads a service's environment: the variables of all services, and its own. Throws `config_invalid` that names every
 * bad variable. Who pushes must prove it, unless `PUSH_AUTH=none` says otherwise in so many words.
 */
export function parseServiceConfig<Own extends z.ZodRawShape>(
  own: Own,
  env: Readonly<Record<string, string | undefined>>,
): { readonly service: ServiceConfig; readonly own: z.output<z.ZodObject<Own>> } {
  const isOpen = env["PUSH_AUTH"]?.trim() === "none";
  const variables = isOpen ? common : common.extend({ PUSH_AUDIENCE: text(), PUSH_SERVICE_ACCOUNT: text() });
  const parsed = parseConfig(z.intersection(variables, z.object(own)), env);
  return { service: assemble(parsed), own: parsed };
}

function assemble(variables: z.output<typeof common>): ServiceConfig {
  const { PROJECT_ID: projectId, FIRESTORE_EMULATOR_HOST: firestoreHost, PUBSUB_EMULATOR_HOST: pubsubHost } = variables;
  return {
    http: { host: variables.HOST, port: variables.PORT },
    firestore: { projectId, ...(firestoreHost !== undefined && { emulatorHost: firestoreHost }) },
    pubsub: { projectId, ...(pubsubHost !== undefined && { emulatorHost: pubsubHost }) },
    memberRefKey: variables.MEMBER_REF_KEY,
    memberSyncPath: variables.MEMBER_SYNC_CONFIG,
    delivery: variables.DELIVERY,
    pushAuth: pushAuthOf(variables),
    logLevel: variables.LOG_LEVEL,
  };
}

function pushAuthOf({ PUSH_AUTH, PUSH_AUDIENCE, PUSH_SERVICE_ACCOUNT }: z.output<typeof common>): PushAuth {
  if (PUSH_AUTH === "none") return { kind: "none" };
  return { kind: "oidc", audience: PUSH_AUDIENCE ?? "", serviceAccountEmail: PUSH_SERVICE_ACCOUNT ?? "" };
}
