import { FLUSH_SCHEDULE, SWEEP_SCHEDULE } from "@member-sync/shared/topology.ts";
import { cloudscheduler } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { audienceOf, serviceUrl } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";

type Schedule = typeof FLUSH_SCHEDULE | typeof SWEEP_SCHEDULE;
type Patience = Pick<cloudscheduler.JobArgs, "attemptDeadline" | "retryConfig">;

/** Creates the nightly flush and the sweep of each minute. */
export function createSchedules(config: StackConfig, accounts: Accounts): void {
  createJob(FLUSH_SCHEDULE, config, accounts, {
    attemptDeadline: "1800s",
    retryConfig: { retryCount: 5, minBackoffDuration: "60s", maxBackoffDuration: "600s" },
  });
  // The next one comes within a minute anyway.
  createJob(SWEEP_SCHEDULE, config, accounts, { attemptDeadline: "60s", retryConfig: { retryCount: 0 } });
}

function createJob({ name, cron, timeZone, service, path }: Schedule, config: StackConfig, { caller }: Accounts, patience: Patience): void {
  new cloudscheduler.Job(name, {
    name,
    region: config.region,
    schedule: cron,
    timeZone,
    httpTarget: {
      httpMethod: "POST",
      uri: `${serviceUrl(service, config)}${path}`,
      oidcToken: { serviceAccountEmail: caller.email, audience: audienceOf(service, config) },
    },
    ...patience,
  });
}
