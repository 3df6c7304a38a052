import { applyTopic, changesTopic, type ServiceName, type TopicName } from "@member-sync/shared/topology.ts";
import { pubsub } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { SERVICES } from "./names.ts";
import type { Topics } from "./topics.ts";

/**
 * What each service publishes to. A side sends again by itself the commands of an envelope that met trouble that may
 * pass; the reconciler does so with observations, and puts replayed dead letters back where they came from.
 */
export const PUBLISHES: Readonly<Record<ServiceName, readonly TopicName[]>> = {
  tracker: [changesTopic("firestore"), applyTopic("firestore"), "member-dead-letters"],
  "django-adapter": [changesTopic("django"), applyTopic("django"), "member-dead-letters"],
  reconciler: [
    changesTopic("firestore"),
    changesTopic("django"),
    applyTopic("firestore"),
    applyTopic("django"),
    "member-conflicts",
    "member-dead-letters",
  ],
};

/** Lets each service publish to its topics, and to no other. */
export function grantPublishing(topics: Topics, { services }: Accounts): void {
  for (const service of SERVICES) {
    for (const topic of PUBLISHES[service]) {
      new pubsub.TopicIAMMember(`${service}-publishes-${topic}`, {
        topic: topics(topic).name,
        role: "roles/pubsub.publisher",
        member: services[service].member,
      });
    }
  }
}
