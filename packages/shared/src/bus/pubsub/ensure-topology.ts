import type { CreateSubscriptionOptions, PubSub } from "@google-cloud/pubsub";
import { SUBSCRIPTIONS, TOPICS, type ServiceName, type SubscriptionSpec } from "../../topology.ts";

export interface TopologyDelivery {
  /** `pull` where the services fetch by themselves. */
  readonly delivery: "push" | "pull";
  /** Base URL of each service, where they are pushed to. */
  readonly pushUrls?: Readonly<Record<ServiceName, string>>;
  /** Subscriptions that somebody pulls although the others are pushed. */
  readonly pulled?: readonly string[];
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
  const { retry, deadLetter, ackDeadlineSeconds } = spec;
  // The emulator (0.8.20) never delivers again most of what a push endpoint refused for a few seconds if the
  // subscription has a retry policy. Without one it tries each second, and then the attempts of a dead-letter policy
  // are spent in two minutes: a peer may be down for longer than that.
  if (pubsub.isEmulator) return { ackDeadlineSeconds };
  return {
    ackDeadlineSeconds,
    retryPolicy: { minimumBackoff: { seconds: retry.minBackoffSeconds }, maximumBackoff: { seconds: retry.maxBackoffSeconds } },
    ...(deadLetter === undefined
      ? {}
      : {
          deadLetterPolicy: { deadLetterTopic: pubsub.topic(deadLetter.topic).name, maxDeliveryAttempts: deadLetter.maxDeliveryAttempts },
        }),
  };
}

/** An empty push configuration means pull. */
function pushConfigOf(spec: SubscriptionSpec, { delivery, pushUrls, pulled, oidc }: TopologyDelivery) {
  if (pushUrls === undefined || delivery === "pull" || pulled?.includes(spec.name) === true) return {};
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
