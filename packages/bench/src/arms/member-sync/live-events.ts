import { startEventRelay } from "@member-sync/local-stack/event-relay.ts";
import { registerTrigger, TRIGGER_ID } from "@member-sync/local-stack/trigger.ts";
import type { World } from "../../world/world.ts";
import type { Services } from "./services.ts";

/** Has the emulator's own trigger bring the events, by the relay and the topic that stand for Eventarc in `npm start`. */
export async function bringLiveEvents(
  world: World,
  projectId: string,
  { messaging }: Services,
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const relay = await startEventRelay({
    port: world.relayPort,
    triggerId: TRIGGER_ID,
    publish: messaging.publishEvents,
    onTrouble: () => world.progress.warn("Pub/Sub does not take Firestore's events"),
  });
  cleanup.use(relay);
  await registerTrigger(world.firestoreHost, projectId, TRIGGER_ID, "members/{id}");
  cleanup.use(messaging.forwardEvents());
}
