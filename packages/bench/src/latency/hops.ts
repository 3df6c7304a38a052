import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { Message, PubSub, Subscription } from "@google-cloud/pubsub";
import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { z } from "zod";
import type { Delivery } from "../arms/arm.ts";
import { listenOnLoopback } from "../world/loopback.ts";

/** Two hops through Pub/Sub with nothing done at either end: published, delivered, published again, delivered. */
export interface Hops extends AsyncDisposable {
  /** How long both took, in ms. */
  measure(text: string): Promise<number>;
}

const pushBody = z.object({ message: z.object({ data: z.string(), attributes: z.object({ id: z.string() }) }) });

const NAMES = ["bench-hop-1", "bench-hop-2"] as const;

export async function openHops(pubsubHost: string, delivery: Delivery): Promise<Hops> {
  const pubsub = createPubSub({ projectId: "bench-hops", emulatorHost: pubsubHost });
  const arrived = new Map<string, () => void>();
  const publish = (name: (typeof NAMES)[number], data: Buffer, id: string) => {
    const topic = pubsub.topic(name, { batching: { maxMessages: 1 } });
    return topic.publishMessage({ data, attributes: { id } });
  };
  const take = async (name: string, data: Buffer, id: string) => {
    if (name === NAMES[0]) await publish(NAMES[1], data, id);
    else arrived.get(id)?.();
  };
  const close = delivery === "push" ? await openPush(pubsub, take) : await openPull(pubsub, take);
  return {
    async measure(text) {
      const id = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      arrived.set(id, resolve);
      const began = performance.now();
      await publish(NAMES[0], Buffer.from(text), id);
      await promise;
      arrived.delete(id);
      return performance.now() - began;
    },
    async [Symbol.asyncDispose]() {
      await close();
      await pubsub.close();
    },
  };
}

type Take = (name: string, data: Buffer, id: string) => Promise<void>;

async function openPush(pubsub: PubSub, take: Take): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const { message } = pushBody.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      await take((request.url ?? "").slice(1), Buffer.from(message.data, "base64"), message.attributes.id);
      response.writeHead(204).end();
    })().catch(() => response.destroy());
  });
  const listening = await listenOnLoopback(server);
  for (const name of NAMES) {
    await pubsub.createTopic(name);
    await pubsub.createSubscription(name, name, { pushConfig: { pushEndpoint: `${listening.origin}/${name}` } });
  }
  return async () => listening[Symbol.asyncDispose]();
}

async function openPull(pubsub: PubSub, take: Take): Promise<() => Promise<void>> {
  const subscriptions: Subscription[] = [];
  for (const name of NAMES) {
    await pubsub.createTopic(name);
    await pubsub.createSubscription(name, name);
    const subscription = pubsub.subscription(name, { batching: { maxMilliseconds: 10 } });
    subscription.on("message", (message: Message) => {
      void take(name, message.data, message.attributes["id"] ?? "").then(() => message.ack());
    });
    subscription.on("error", () => undefined);
    subscriptions.push(subscription);
  }
  return async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  };
}
