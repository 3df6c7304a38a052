import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { ensureTopology } from "@member-sync/shared/bus/pubsub/ensure-topology.ts";
import { EVENTS_SUBSCRIPTION, EVENTS_TOPIC, type ServiceName } from "@member-sync/shared/topology.ts";
import { forwardEvents } from "./event-forwarder.ts";
import type { RelayedEvent } from "./event-relay.ts";

const PUBLISH_MS = 5_000;

/** Our own hand on Pub/Sub: it creates the topology, and publishes the relay's events. */
export interface Messaging extends AsyncDisposable {
  ensure(): Promise<void>;
  publishEvents(events: readonly RelayedEvent[]): Promise<void>;
  /** Brings the events to the tracker from now on, see `forwardEvents`. */
  forwardEvents(): AsyncDisposable;
}

export interface MessagingOptions {
  readonly projectId: string;
  readonly emulatorHost: string;
  readonly delivery: "push" | "pull";
  /** Base URLs of the services as the emulator sees them. */
  readonly pushUrls: Readonly<Record<ServiceName, string>>;
  /** The tracker's address as this process sees it. */
  readonly trackerUrl: string;
}

export function createMessaging(options: MessagingOptions): Messaging {
  const pubsub = createPubSub(options);
  const retry = {
    backoffSettings: {
      initialRetryDelayMillis: 100,
      retryDelayMultiplier: 2,
      maxRetryDelayMillis: 1_000,
      totalTimeoutMillis: PUBLISH_MS,
      initialRpcTimeoutMillis: PUBLISH_MS,
      rpcTimeoutMultiplier: 1,
      maxRpcTimeoutMillis: PUBLISH_MS,
    },
  };
  const events = pubsub.topic(EVENTS_TOPIC, {
    batching: { maxMessages: 100, maxMilliseconds: 1 },
    gaxOpts: { timeout: PUBLISH_MS, retry },
  });
  return {
    async ensure() {
      await ensureTopology(pubsub, { ...options, pulled: [EVENTS_SUBSCRIPTION] });
    },
    async publishEvents(group) {
      await Promise.all(group.map(({ data, attributes }) => events.publishMessage({ data, attributes: { ...attributes } })));
    },
    forwardEvents: () => forwardEvents(pubsub, options.trackerUrl),
    async [Symbol.asyncDispose]() {
      await pubsub.close();
    },
  };
}
