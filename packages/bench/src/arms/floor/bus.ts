import type { Message, PubSub } from "@google-cloud/pubsub";
import { ensureTopology } from "@member-sync/shared/bus/pubsub/ensure-topology.ts";
import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";
import { z } from "zod";

/** Handles the text of one envelope; when it resolves, the message is acknowledged. */
export type Handle = (text: string) => Promise<void>;
export type Publish = (topic: TopicName, messages: readonly OutgoingMessage[]) => Promise<void>;

export interface Handlers {
  readonly changes: Handle;
  readonly applyFirestore: Handle;
  readonly applyDjango: Handle;
}

const pushBody = z.object({ message: z.object({ data: z.string() }), subscription: z.string() });

/** The floor's end of Pub/Sub, on the topology that member-sync has: by push to one address, or by streaming pull. */
export function openBus(handlers: Handlers) {
  const bySubscription: Readonly<Record<string, Handle>> = {
    "reconciler-changes-firestore": handlers.changes,
    "reconciler-changes-django": handlers.changes,
    "tracker-apply": handlers.applyFirestore,
    "django-adapter-apply": handlers.applyDjango,
  };
  return {
    async pushed(body: Buffer): Promise<void> {
      const { message, subscription } = pushBody.parse(JSON.parse(body.toString("utf8")));
      const name = subscription.slice(subscription.lastIndexOf("/") + 1);
      await bySubscription[name]?.(Buffer.from(message.data, "base64").toString("utf8"));
    },
    async ensure(pubsub: PubSub, { delivery, port }: { readonly delivery: "push" | "pull"; readonly port: number }): Promise<void> {
      const url = `http://127.0.0.1:${port}`;
      await ensureTopology(pubsub, { delivery, pushUrls: { tracker: url, "django-adapter": url, reconciler: url } });
      if (delivery === "push") return;
      for (const [name, handle] of Object.entries(bySubscription)) {
        const subscription = pubsub.subscription(name, { flowControl: { maxMessages: 100 }, batching: { maxMilliseconds: 10 } });
        subscription.on("message", (message: Message) => {
          void handle(message.data.toString("utf8")).then(
            () => message.ack(),
            (error: unknown) => {
              process.stderr.write(`${name}: ${String(error)}\n`);
              message.nack();
            },
          );
        });
        subscription.on("error", (error: unknown) => process.stderr.write(`${String(error)}\n`));
      }
    },
  };
}
