import { createAccounts } from "./accounts.ts";
import { createMemberEvents } from "./eventarc.ts";
import { createIndexes } from "./firestore-indexes.ts";
import { serviceUrl } from "./names.ts";
import { createNetwork } from "./network.ts";
import { grantPublishing } from "./publishers.ts";
import { createSchedules } from "./scheduler.ts";
import { createSecrets } from "./secrets.ts";
import { createServices } from "./services.ts";
import type { StackConfig } from "./stack-config.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { createTopics } from "./topics.ts";

/** Addresses that the operator needs after a deployment. */
export interface StackOutputs {
  readonly trackerUrl: string;
  readonly djangoAdapterUrl: string;
  readonly reconcilerUrl: string;
}

/** Declares the whole estate: everything that runs in one Google Cloud project. */
export function createStack(config: StackConfig): StackOutputs {
  const accounts = createAccounts(config);
  const topics = createTopics();
  grantPublishing(topics, accounts);
  createIndexes();
  const parts = { accounts, secrets: createSecrets(accounts), subnet: createNetwork(config) };
  const services = createServices(config, parts);
  createSubscriptions(config, topics, accounts);
  createSchedules(config, accounts);
  createMemberEvents(config, accounts, services);
  return {
    trackerUrl: serviceUrl("tracker", config),
    djangoAdapterUrl: serviceUrl("django-adapter", config),
    reconcilerUrl: serviceUrl("reconciler", config),
  };
}
