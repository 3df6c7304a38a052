import type { TopicName } from "@member-sync/shared/topology.ts";
import type { Tap } from "../../e2e/world/bus.ts";
import type { World } from "../../e2e/world/world.ts";

export const TAPPED = [
  "member-changes-django",
  "member-changes-firestore",
  "member-apply-django",
  "member-apply-firestore",
  "firestore-events",
] as const satisfies readonly TopicName[];

/** Every message that went over the topics, to be sent again by a fault. */
export interface Tapped {
  messages(topic: (typeof TAPPED)[number]): Tap["messages"];
  /** A Pub/Sub that started empty has forgotten our subscriptions too. */
  again(): Promise<void>;
}

export async function tapTopics({ bus }: World): Promise<Tapped> {
  const taps = new Map<TopicName, Tap>();
  const again = async () => {
    for (const topic of TAPPED) taps.set(topic, await bus.tap(topic));
  };
  await again();
  return { messages: (topic) => taps.get(topic)?.messages ?? [], again };
}
