import { randomUUID } from "node:crypto";
import type { PubSub, Subscription } from "@google-cloud/pubsub";
import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";

interface TappedMessage {
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A subscription of the test's own: it sees every message of a topic from now on. */
export interface Tap {
  readonly messages: readonly TappedMessage[];
}

/** Stands in a service's way: its messages come here, and it gets none of them, until this is disposed of. */
interface Interception extends Tap, AsyncDisposable {}

/** The test's own hand on Pub/Sub. */
export interface Bus extends AsyncDisposable {
  publish(
    topic: TopicName,
    message: { readonly data: string | Uint8Array; readonly attributes: Readonly<Record<string, string>> },
  ): Promise<void>;
  tap(topic: TopicName): Promise<Tap>;
  /** Takes the messages of a pushed subscription of the topology for good: they are lost, unless the test publishes them again. */
  intercept(name: string): Promise<Interception>;
}

export function openBus(options: { readonly projectId: string; readonly emulatorHost: string }): Bus {
  const pubsub: PubSub = createPubSub(options);
  const taps: Subscription[] = [];
  return {
    async publish(topic, { data, attributes }) {
      await pubsub.topic(topic).publishMessage({ data: Buffer.from(data), attributes: { ...attributes } });
    },
    async tap(topic) {
      const [subscription] = await pubsub.topic(topic).createSubscription(`tap-${randomUUID()}`, { ackDeadlineSeconds: 60 });
      taps.push(subscription);
      return listen(subscription);
    },
    async intercept(name) {
      const subscription = pubsub.subscription(name);
      const [{ pushConfig }] = await subscription.getMetadata();
      if (!pushConfig?.pushEndpoint) throw new Error(`${name} is not pushed to a service`);
      await subscription.modifyPushConfig({});
      const tap = listen(subscription);
      return {
        ...tap,
        async [Symbol.asyncDispose]() {
          await subscription.close();
          await subscription.modifyPushConfig(pushConfig);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      // A tap that is left open would keep the process alive.
      await Promise.all(taps.map((tap) => tap.close()));
      await pubsub.close();
    },
  };
}

function listen(subscription: Subscription): Tap {
  const messages: TappedMessage[] = [];
  subscription.on("message", (message) => {
    messages.push({ data: message.data.toString("utf8"), attributes: message.attributes });
    message.ack();
  });
  // An emulator that is being taken down ends the stream with an error.
  subscription.on("error", () => {});
  return { messages };
}
