import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { TOPICS, type TopicName } from "@member-sync/shared/topology.ts";
import { pubsub } from "@pulumi/gcp";

/** Gives the topic of a name. */
export type Topics = (name: TopicName) => pubsub.Topic;

/** Creates every topic of the topology. */
export function createTopics(): Topics {
  const topics = new Map(TOPICS.map((name) => [name, new pubsub.Topic(name, { name })]));
  return (name) => {
    const topic = topics.get(name);
    invariant(topic !== undefined, "every topic of the topology is created");
    return topic;
  };
}
