import { choice, durationMs, integer, list, parseConfig, port, secret, Secret, text, url } from "@member-sync/shared/runtime/config.ts";
import { z } from "zod";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** Where a nudge's signature is made with this; `whsec_` and base64, as Standard Webhooks have it. */
const webhookSecrets = list()
  .refine((all) => all.every((one) => /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(one)), "holds one that is not whsec_<base64 of 16 bytes or more>")
  .transform((all) => all.map((one) => new Secret(one)));

/** Everything that stands behind the address is ours to add. */
const djangoUrl = url().refine((value) => {
  const parsed = URL.parse(value);
  return parsed !== null && parsed.search === "" && parsed.hash === "" && !parsed.pathname.includes("/api/");
}, "is not the address that the endpoints are mounted under, such as https://example.is/felagar");

const schema = z.object({
  PORT: port().default(8080),
  HOST: text().default("0.0.0.0"),
  PROJECT_ID: text(),
  PUBSUB_EMULATOR_HOST: text().optional(),
  DJANGO_URL: djangoUrl,
  DJANGO_TOKEN: secret(1),
  DJANGO_WEBHOOK_SECRETS: webhookSecrets.default([]),
  DJANGO_CONCURRENCY: integer(1, 16).default(1),
  ADAPTER_TOKEN: secret(8),
  MEMBER_REF_KEY: secret(16),
  MEMBER_SYNC_CONFIG: text(),
  DELIVERY: choice(["push", "pull"]).default("push"),
  PUSH_AUTH: choice(["none", "oidc"]).default("oidc"),
  POLL_INTERVAL: durationMs().default(1000),
  LOG_LEVEL: choice(LEVELS).default("info"),
});

const oidcSchema = schema.extend({ PUSH_AUDIENCE: text(), PUSH_SERVICE_ACCOUNT: text() });

/** How pushes prove that they come from our broker. */
export type PushAuth = { readonly kind: "none" } | { readonly kind: "oidc"; readonly audience: string; readonly serviceAccountEmail: string };

export interface DjangoAdapterConfig {
  readonly http: { readonly host: string; readonly port: number };
  readonly pubsub: { readonly projectId: string; readonly emulatorHost?: string };
  readonly django: { readonly url: string; readonly token: Secret; readonly concurrency: number };
  readonly webhookSecrets: readonly Secret[];
  readonly adapterToken: Secret;
  readonly memberRefKey: Secret;
  /** Path of the user's `member-sync.config.ts`. */
  readonly memberSyncPath: string;
  readonly delivery: "push" | "pull";
  readonly pushAuth: PushAuth;
  readonly pollIntervalMs: number;
  readonly logLevel: string;
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function djangoAdapterConfig(env: Readonly<Record<string, string | undefined>>): DjangoAdapterConfig {
  if (env["DELIVERY"]?.trim() === "pull" || env["PUSH_AUTH"]?.trim() === "none") return assemble(parseConfig(schema, env), { kind: "none" });
  const variables = parseConfig(oidcSchema, env);
  const { PUSH_AUDIENCE: audience, PUSH_SERVICE_ACCOUNT: serviceAccountEmail } = variables;
  return assemble(variables, { kind: "oidc", audience, serviceAccountEmail });
}

function assemble(variables: z.output<typeof schema>, pushAuth: PushAuth): DjangoAdapterConfig {
  return {
    http: { host: variables.HOST, port: variables.PORT },
    pubsub: {
      projectId: variables.PROJECT_ID,
      ...(variables.PUBSUB_EMULATOR_HOST !== undefined && { emulatorHost: variables.PUBSUB_EMULATOR_HOST }),
    },
    django: { url: variables.DJANGO_URL, token: variables.DJANGO_TOKEN, concurrency: variables.DJANGO_CONCURRENCY },
    webhookSecrets: variables.DJANGO_WEBHOOK_SECRETS,
    adapterToken: variables.ADAPTER_TOKEN,
    memberRefKey: variables.MEMBER_REF_KEY,
    memberSyncPath: variables.MEMBER_SYNC_CONFIG,
    delivery: variables.DELIVERY,
    pushAuth,
    pollIntervalMs: variables.POLL_INTERVAL,
    logLevel: variables.LOG_LEVEL,
  };
}
