import type { ServiceName } from "@member-sync/shared/topology.ts";
import { interpolate, type Input } from "@pulumi/pulumi";
import type { Accounts } from "./accounts.ts";
import { audienceOf, serviceUrl } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";

type Variables = Readonly<Record<string, Input<string>>>;

/** Where the images have the user's configuration. */
export const MEMBER_SYNC_CONFIG = "/app/member-sync.config.ts";

/**
 * What each service is told in the open. `PORT` is Cloud Run's to set, and what has a good default is left to the
 * service; `SWEEP_INTERVAL` stays out because the scheduler calls the sweep.
 */
export function serviceEnv(service: ServiceName, config: StackConfig, { caller, services }: Accounts): Variables {
  const { email, uniqueId } = services.tracker;
  const own: Readonly<Record<ServiceName, Variables>> = {
    tracker: {
      // Firestore's events name a service account by one of the two.
      OWN_WRITER: interpolate`${email},${uniqueId}`,
      ...(config.firestoreLineage !== undefined && { FIRESTORE_LINEAGE: config.firestoreLineage }),
    },
    "django-adapter": { DJANGO_URL: config.djangoUrl },
    reconciler: { MODE: config.mode, DJANGO_ADAPTER_URL: serviceUrl("django-adapter", config) },
  };
  return {
    PROJECT_ID: config.project,
    MEMBER_SYNC_CONFIG,
    DELIVERY: "push",
    PUSH_AUTH: "oidc",
    PUSH_AUDIENCE: audienceOf(service, config),
    PUSH_SERVICE_ACCOUNT: caller.email,
    LOG_LEVEL: config.logLevel,
    ...own[service],
  };
}
