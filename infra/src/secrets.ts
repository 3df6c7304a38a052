import type { ServiceName } from "@member-sync/shared/topology.ts";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { secretmanager } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { SERVICES } from "./names.ts";

const ALL = ["MEMBER_REF_KEY", "ADAPTER_TOKEN", "API_TOKEN", "DJANGO_TOKEN", "DJANGO_WEBHOOK_SECRETS"] as const;
/** Name of a secret, which is that of the variable it becomes. */
export type SecretName = (typeof ALL)[number];

/** Which service is told which secret. */
export const SECRETS_OF: Readonly<Record<ServiceName, readonly SecretName[]>> = {
  tracker: ["MEMBER_REF_KEY"],
  "django-adapter": ["MEMBER_REF_KEY", "ADAPTER_TOKEN", "DJANGO_TOKEN", "DJANGO_WEBHOOK_SECRETS"],
  reconciler: ["MEMBER_REF_KEY", "ADAPTER_TOKEN", "API_TOKEN"],
};

export interface Secrets {
  readonly secretOf: (name: SecretName) => secretmanager.Secret;
  /** A service that starts before it may read its secrets fails. */
  readonly grantsOf: (service: ServiceName) => readonly secretmanager.SecretIamMember[];
}

/** Creates the secrets without a value, which the operator adds, and lets each service read its own. */
export function createSecrets({ services }: Accounts): Secrets {
  const secrets = new Map(ALL.map((name) => [name, createSecret(name)]));
  const secretOf = (name: SecretName) => {
    const secret = secrets.get(name);
    invariant(secret !== undefined, "every secret is created");
    return secret;
  };
  const grant = (service: ServiceName, name: SecretName) =>
    new secretmanager.SecretIamMember(`${service}-reads-${idOf(name)}`, {
      secretId: secretOf(name).secretId,
      role: "roles/secretmanager.secretAccessor",
      member: services[service].member,
    });
  const grants = new Map(SERVICES.map((service) => [service, SECRETS_OF[service].map((name) => grant(service, name))]));
  return { secretOf, grantsOf: (service) => grants.get(service) ?? [] };
}

function createSecret(name: SecretName): secretmanager.Secret {
  const secretId = idOf(name);
  // The key makes every reference to a member; with a new one each would lose its history.
  return new secretmanager.Secret(secretId, { secretId, replication: { auto: {} } }, { protect: name === "MEMBER_REF_KEY" });
}

function idOf(name: SecretName): string {
  return `member-sync-${name.toLowerCase().replaceAll("_", "-")}`;
}
