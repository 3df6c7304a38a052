import type { Metrics } from "../telemetry/metrics.ts";
import { TOPICS } from "../topology.ts";
import type { MessagePublisher } from "./message-bus.ts";

/** A publisher that counts, by topic, the messages that the broker has taken. */
export function countedPublisher(publisher: MessagePublisher, metrics: Metrics): MessagePublisher {
  const published = metrics.counter("membersync_messages_published_total", "Messages that the broker has taken, by topic", {
    topic: TOPICS,
  });
  return {
    async publish(topic, messages) {
      await publisher.publish(topic, messages);
      published.inc({ topic }, messages.length);
    },
  };
}
