import type { ServiceName } from "@member-sync/shared/topology.ts";
import { projects, serviceaccount } from "@pulumi/gcp";
import { cloudName } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";

export interface Accounts {
  /** Each service's own, which it acts as. */
  readonly services: Readonly<Record<ServiceName, serviceaccount.Account>>;
  /** Whom Pub/Sub, Scheduler and Eventarc call our services as. A service takes one caller, and tells it by this name. */
  readonly caller: serviceaccount.Account;
}

/** Creates the accounts, and lets those at Firestore whose work is there. The adapter's is not. */
export function createAccounts({ project }: StackConfig): Accounts {
  const account = (accountId: string, displayName: string) => new serviceaccount.Account(accountId, { accountId, displayName });
  const services = {
    tracker: account(cloudName("tracker"), "member-sync: the Firestore side"),
    "django-adapter": account(cloudName("django-adapter"), "member-sync: the Django side"),
    reconciler: account(cloudName("reconciler"), "member-sync: the reconciler"),
  };
  for (const service of ["tracker", "reconciler"] as const) {
    new projects.IAMMember(`${cloudName(service)}-firestore`, { project, role: "roles/datastore.user", member: services[service].member });
  }
  return { services, caller: account("member-sync-caller", "member-sync: what Pub/Sub, Scheduler and Eventarc call as") };
}
