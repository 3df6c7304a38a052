import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import type { World } from "../../e2e/world/world.ts";

/** Shortens a subscription's acknowledgement deadline (10 s is the least) until it is disposed of. */
export async function shortAckDeadline(world: World, name: string, seconds: number): Promise<AsyncDisposable> {
  const { projectId, host } = world.stack.addresses.pubsub;
  const pubsub = createPubSub({ projectId, emulatorHost: host });
  const subscription = pubsub.subscription(name);
  const [before] = await subscription.getMetadata();
  await subscription.setMetadata({ ackDeadlineSeconds: seconds });
  return {
    async [Symbol.asyncDispose]() {
      await subscription.setMetadata({ ackDeadlineSeconds: before.ackDeadlineSeconds ?? 60 });
      await pubsub.close();
    },
  };
}
