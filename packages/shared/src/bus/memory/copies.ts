import type { IncomingMessage, OutgoingMessage } from "../../messages/message.ts";
import { SUBSCRIPTIONS, type SubscriptionSpec, type TopicName } from "../../topology.ts";

type Subscription = Pick<SubscriptionSpec, "name" | "topic" | "deadLetter">;

/** How a bus names and stamps messages. */
export interface Stamp {
  readonly subscriptions?: readonly Subscription[];
  newId(): string;
  now(): number;
}

/** The copies of published messages: one for each subscription of the topic, with an id of its own. */
export function copiesOf(topic: TopicName, messages: readonly OutgoingMessage[], stamp: Stamp): readonly IncomingMessage[] {
  const own = (stamp.subscriptions ?? SUBSCRIPTIONS).filter((subscription) => subscription.topic === topic);
  return messages.flatMap(({ data, attributes }) =>
    own.map(({ name }) => ({
      messageId: stamp.newId(),
      data,
      attributes: { ...attributes },
      subscription: name,
      publishedAt: stamp.now(),
    })),
  );
}
