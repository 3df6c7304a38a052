import { durationMs, integer, list, Secret, secret, url } from "@member-sync/shared/runtime/config.ts";
import { parseServiceConfig, type ServiceConfig } from "@member-sync/shared/runtime/service-config.ts";

/** Where a nudge's signature is made with this; `whsec_` and base64, as Standard Webhooks have it. */
const webhookSecrets = list()
  .refine(
    (all) => all.every((one) => /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(one)),
    "holds one that is not whsec_<base64 of 16 bytes or more>",
  )
  .transform((all) => all.map((one) => new Secret(one)));

/** Everything that stands behind the address is ours to add. */
const djangoUrl = url().refine((value) => {
  const parsed = URL.parse(value);
  return parsed !== null && parsed.search === "" && parsed.hash === "" && !parsed.pathname.includes("/api/");
}, "is not the address that the endpoints are mounted under, such as https://example.is/felagar");

const variables = {
  DJANGO_URL: djangoUrl,
  DJANGO_TOKEN: secret(8),
  DJANGO_WEBHOOK_SECRETS: webhookSecrets.default([]),
  DJANGO_CONCURRENCY: integer(1, 16).default(4),
  ADAPTER_TOKEN: secret(16),
  POLL_INTERVAL: durationMs().default(1000),
};

export interface DjangoAdapterConfig extends ServiceConfig {
  readonly django: { readonly url: string; readonly token: Secret; readonly concurrency: number };
  readonly webhookSecrets: readonly Secret[];
  readonly adapterToken: Secret;
  readonly pollIntervalMs: number;
}

/** Reads the environment; throws `config_invalid` that names every bad variable. */
export function djangoAdapterConfig(env: Readonly<Record<string, string | undefined>>): DjangoAdapterConfig {
  const { service, own } = parseServiceConfig(variables, env);
  return {
    ...service,
    django: { url: own.DJANGO_URL, token: own.DJANGO_TOKEN, concurrency: own.DJANGO_CONCURRENCY },
    webhookSecrets: own.DJANGO_WEBHOOK_SECRETS,
    adapterToken: own.ADAPTER_TOKEN,
    pollIntervalMs: own.POLL_INTERVAL,
  };
}
