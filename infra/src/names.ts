import type { ServiceName } from "@member-sync/shared/topology.ts";
import type { StackConfig } from "./stack-config.ts";

export const SERVICES = ["tracker", "django-adapter", "reconciler"] as const satisfies readonly ServiceName[];

/** Name of the Cloud Run service, and of its account. */
export function cloudName(service: ServiceName): string {
  return `member-sync-${service}`;
}

/** The address that Cloud Run gives a service, known before it exists, so that a service can be told its own and others'. */
export function serviceUrl(service: ServiceName, { projectNumber, region }: StackConfig): string {
  return `https://${cloudName(service)}-${projectNumber}.${region}.run.app`;
}

/** What the tokens of calls to a service are made for. */
export function audienceOf(service: ServiceName, config: StackConfig): string {
  const own = service === "tracker" ? config.trackerAudience : undefined;
  return own ?? serviceUrl(service, config);
}
