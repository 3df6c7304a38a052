import { SUBSCRIPTIONS, type SubscriptionSpec } from "@member-sync/shared/topology.ts";
import { pubsub, serviceaccount } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { audienceOf, serviceUrl } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";
import type { Topics } from "./topics.ts";

/** As long as Pub/Sub keeps anything: a side may be down for weeks. */
const RETENTION = "2678400s";

/** Creates every push subscription of the topology, and what Pub/Sub itself needs to sign pushes and to give up on messages. */
export function createSubscriptions(config: StackConfig, topics: Topics, { caller }: Accounts): void {
  const agent = `serviceAccount:service-${config.projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
  const signing = new serviceaccount.IAMMember("pubsub-signs-as-caller", {
    serviceAccountId: caller.name,
    role: "roles/iam.serviceAccountTokenCreator",
    member: agent,
  });
  for (const topic of new Set(SUBSCRIPTIONS.flatMap(({ deadLetter }) => deadLetter?.topic ?? []))) {
    new pubsub.TopicIAMMember(`pubsub-publishes-${topic}`, { topic: topics(topic).name, role: "roles/pubsub.publisher", member: agent });
  }
  for (const spec of SUBSCRIPTIONS) {
    const { name } = new pubsub.Subscription(spec.name, settingsOf(spec, config, topics, caller), { dependsOn: [signing] });
    if (spec.deadLetter === undefined) continue;
    // A message goes to the dead letters only if the agent may take it off the subscription.
    new pubsub.SubscriptionIAMMember(`pubsub-takes-${spec.name}`, { subscription: name, role: "roles/pubsub.subscriber", member: agent });
  }
}

function settingsOf(spec: SubscriptionSpec, config: StackConfig, topics: Topics, caller: serviceaccount.Account): pubsub.SubscriptionArgs {
  const { name, topic, service, path, ackDeadlineSeconds, retry, deadLetter } = spec;
  return {
    name,
    topic: topics(topic).name,
    ackDeadlineSeconds,
    messageRetentionDuration: RETENTION,
    // Without this a subscription that is silent for a month is removed.
    expirationPolicy: { ttl: "" },
    enableMessageOrdering: false,
    retryPolicy: { minimumBackoff: `${retry.minBackoffSeconds}s`, maximumBackoff: `${retry.maxBackoffSeconds}s` },
    pushConfig: {
      pushEndpoint: `${serviceUrl(service, config)}${path}`,
      oidcToken: { serviceAccountEmail: caller.email, audience: audienceOf(service, config) },
    },
    ...(deadLetter !== undefined && {
      deadLetterPolicy: { deadLetterTopic: topics(deadLetter.topic).id, maxDeliveryAttempts: deadLetter.maxDeliveryAttempts },
    }),
  };
}
