import type { CreateSubscriptionOptions, PubSub } from "@google-cloud/pubsub";
import { SUBSCRIPTIONS, TOPICS, type ServiceName, type SubscriptionSpec } from "../../topology.ts";

export interface TopologyDelivery {
  /** `pull` where the services fetch by themselves. */
  readonly delivery: "push" | "pull";
  /** Base URL of each service. Where services pull, it is needed for what is pushed in any case: Firestore's events. */
  readonly pushUrls?: Readonly<Record<ServiceName, string>>;
  readonly oidc?: { readonly audience: string; readonly serviceAccountEmail: string };
}

const ALREADY_EXISTS = 6;

/** Creates what the topology declares and is not there yet; push addresses of what is there are set anew. */
export async function ensureTopology(pubsub: PubSub, delivery: TopologyDelivery): Promise<void> {
  await Promise.all(TOPICS.map((topic) => ensureTopic(pubsub, topic)));
  await Promise.all(SUBSCRIPTIONS.map((spec) => ensureSubscription(pubsub, spec, delivery)));
}

async function ensureTopic(pubsub: PubSub, topic: string): Promise<void> {
  await unlessThere(() => pubsub.createTopic(topic));
}

async function ensureSubscription(pubsub: PubSub, spec: SubscriptionSpec, delivery: TopologyDelivery): Promise<void> {
  const pushConfig = pushConfigOf(spec, delivery);
  const created = await unlessThere(() => pubsub.createSubscription(spec.topic, spec.name, { ...settingsOf(pubsub, spec), pushConfig }));
  if (!created) await pubsub.subscription(spec.name).modifyPushConfig(pushConfig);
}

function settingsOf(pubsub: PubSub, spec: SubscriptionSpec): CreateSubscriptionOptions {
  const { retry, deadLetter } = spec;
  return {
    ackDeadlineSeconds: spec.ackDeadlineSeconds,
    retryPolicy: { minimumBackoff: { seconds: retry.minBackoffSeconds }, maximumBackoff: { seconds: retry.maxBackoffSeconds } },
    ...(deadLetter === undefined
      ? {}
      : {
          deadLetterPolicy: { deadLetterTopic: pubsub.topic(deadLetter.topic).name, maxDeliveryAttempts: deadLetter.maxDeliveryAttempts },
        }),
  };
}

/** An empty push configuration means pull. */
function pushConfigOf(spec: SubscriptionSpec, { delivery, pushUrls, oidc }: TopologyDelivery) {
  if (pushUrls === undefined || (delivery === "pull" && spec.alwaysPushed !== true)) return {};
  const pushEndpoint = new URL(spec.path, pushUrls[spec.service]).href;
  return oidc === undefined
    ? { pushEndpoint }
    : { pushEndpoint, oidcToken: { audience: oidc.audience, serviceAccountEmail: oidc.serviceAccountEmail } };
}

async function unlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === ALREADY_EXISTS) return false;
    throw error;
  }
}
