import type { PubSub } from "@google-cloud/pubsub";
import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { ensureTopic, ensureTopology } from "@member-sync/shared/bus/pubsub/ensure-topology.ts";
import { LOCAL_EVENTS_TOPIC, type ServiceName } from "@member-sync/shared/topology.ts";
import type { RelayedEvent } from "./event-relay.ts";

const EVENTS_SUBSCRIPTION = "tracker-events";
const EVENTS_PATH = "/events/firestore";
const PUBLISH_MS = 5_000;
const ALREADY_EXISTS = 6;

/** Our own hand on Pub/Sub: it creates the topology, and publishes the relay's events. */
export interface Messaging extends AsyncDisposable {
  ensure(): Promise<void>;
  publishEvents(events: readonly RelayedEvent[]): Promise<void>;
}

export interface MessagingOptions {
  readonly projectId: string;
  readonly emulatorHost: string;
  readonly delivery: "push" | "pull";
  /** Base URLs of the services as the emulator sees them. */
  readonly pushUrls: Readonly<Record<ServiceName, string>>;
}

export function createMessaging(options: MessagingOptions): Messaging {
  const pubsub = createPubSub(options);
  const retry = { backoffSettings: { initialRetryDelayMillis: 100, retryDelayMultiplier: 2, maxRetryDelayMillis: 1_000, totalTimeoutMillis: PUBLISH_MS } };
  const events = pubsub.topic(LOCAL_EVENTS_TOPIC, { batching: { maxMessages: 100, maxMilliseconds: 1 }, gaxOpts: { timeout: PUBLISH_MS, retry } });
  return {
    async ensure() {
      await ensureTopology(pubsub, { pushUrls: options.delivery === "pull" ? "pull" : options.pushUrls });
      await ensureEvents(pubsub, new URL(EVENTS_PATH, options.pushUrls.tracker).href);
    },
    async publishEvents(group) {
      await Promise.all(group.map(({ data, attributes }) => events.publishMessage({ data, attributes: { ...attributes } })));
    },
    async [Symbol.asyncDispose]() {
      await pubsub.close();
    },
  };
}

/** Events are pushed also where the services pull: in production it is Eventarc that pushes them. */
async function ensureEvents(pubsub: PubSub, pushEndpoint: string): Promise<void> {
  await ensureTopic(pubsub, LOCAL_EVENTS_TOPIC);
  try {
    await pubsub.createSubscription(LOCAL_EVENTS_TOPIC, EVENTS_SUBSCRIPTION, {
      pushConfig: { pushEndpoint },
      ackDeadlineSeconds: 60,
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } },
    });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === ALREADY_EXISTS)) throw error;
    await pubsub.subscription(EVENTS_SUBSCRIPTION).modifyPushConfig({ pushEndpoint });
  }
}
