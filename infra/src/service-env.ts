import type { ServiceName } from "@member-sync/shared/topology.ts";
import type { Input } from "@pulumi/pulumi";
import { audienceOf, serviceUrl } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";

type Variables = Readonly<Record<string, Input<string>>>;

/** Where the images have the user's configuration. */
export const MEMBER_SYNC_CONFIG = "/app/member-sync.config.ts";

/**
 * What each service is told in the open. `PORT` is Cloud Run's to set, and what has a good default is left to the
 * service; `SWEEP_INTERVAL` stays out because the scheduler calls the sweep.
 */
export function serviceEnv(service: ServiceName, config: StackConfig, callerEmail: Input<string>): Variables {
  const own: Readonly<Record<ServiceName, Variables>> = {
    tracker: {},
    "django-adapter": { DJANGO_URL: config.djangoUrl },
    reconciler: { MODE: config.mode, DJANGO_ADAPTER_URL: serviceUrl("django-adapter", config) },
  };
  return {
    PROJECT_ID: config.project,
    MEMBER_SYNC_CONFIG,
    DELIVERY: "push",
    PUSH_AUTH: "oidc",
    PUSH_AUDIENCE: audienceOf(service, config),
    PUSH_SERVICE_ACCOUNT: callerEmail,
    LOG_LEVEL: config.logLevel,
    ...own[service],
  };
}
