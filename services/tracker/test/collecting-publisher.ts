import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { deadLetterNotice, type DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { IncomingMessage, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";

/** Keeps what is published, read back as its consumers would. */
export class CollectingPublisher implements MessagePublisher {
  readonly sent: { readonly topic: TopicName; readonly message: IncomingMessage }[] = [];
  /** While set, nothing can be published. */
  isDown = false;

  async publish(topic: TopicName, messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.isDown) throw new SyncError("bus_unavailable");
    for (const each of messages) {
      const message = { ...each, messageId: String(this.sent.length), subscription: topic, publishedAt: 0 };
      this.sent.push({ topic, message });
    }
  }

  messages(topic: TopicName): readonly IncomingMessage[] {
    return this.sent.flatMap((each) => (each.topic === topic ? [each.message] : []));
  }

  observations(): readonly Observation[] {
    return this.messages("member-changes-firestore").flatMap((message) => {
      const { items, unreadable } = readEnvelope("member-change.v1", message);
      if (unreadable.length > 0) throw new Error(`published what nobody can read: ${unreadable[0]?.reason}`);
      return items;
    });
  }

  commands(): readonly ApplyCommand[] {
    return this.messages("member-apply-firestore").flatMap((message) => readEnvelope("member-apply.v1", message).items);
  }

  deadLetters(): readonly DeadLetterNotice[] {
    return this.messages("member-dead-letters").map(({ data }) => deadLetterNotice.parse(JSON.parse(data)));
  }
}
