import { randomUUID } from "node:crypto";
import type { PubSub } from "@google-cloud/pubsub";
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

/** The test's own hand on Pub/Sub. */
export interface Bus extends AsyncDisposable {
  publish(
    topic: TopicName,
    message: { readonly data: string | Uint8Array; readonly attributes: Readonly<Record<string, string>> },
  ): Promise<void>;
  tap(topic: TopicName): Promise<Tap>;
}

export function openBus(options: { readonly projectId: string; readonly emulatorHost: string }): Bus {
  const pubsub: PubSub = createPubSub(options);
  return {
    async publish(topic, { data, attributes }) {
      await pubsub.topic(topic).publishMessage({ data: Buffer.from(data), attributes: { ...attributes } });
    },
    async tap(topic) {
      const messages: TappedMessage[] = [];
      const [subscription] = await pubsub.topic(topic).createSubscription(`tap-${randomUUID()}`, { ackDeadlineSeconds: 60 });
      subscription.on("message", (message) => {
        messages.push({ data: message.data.toString("utf8"), attributes: message.attributes });
        message.ack();
      });
      // An emulator that is being taken down ends the stream with an error.
      subscription.on("error", () => {});
      return { messages };
    },
    async [Symbol.asyncDispose]() {
      await pubsub.close();
    },
  };
}
