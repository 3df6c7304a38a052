import type { MessageHandler, OutgoingMessage } from "../messages/message.ts";
import type { TopicName } from "../topology.ts";

/** Publishes messages. Resolves only when the broker has all of them; rejects with a `retry` SyncError otherwise. */
export interface MessagePublisher {
  publish(topic: TopicName, messages: readonly OutgoingMessage[]): Promise<void>;
}

/** Delivers a subscription's messages by streaming pull. At least once, in any order; a throw or `retry` is delivered again. */
export interface MessageSource {
  consume(subscription: string, handler: MessageHandler): AsyncDisposable;
}
