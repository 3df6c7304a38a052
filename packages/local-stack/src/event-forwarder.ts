import type { Message, PubSub } from "@google-cloud/pubsub";
import { EVENTS_SUBSCRIPTION } from "@member-sync/shared/topology.ts";

const AT_ONCE = 64;
const DEADLINE_MS = 30_000;
/** The subscription has no back-off of its own (see `ensureTopology`): a tracker that is down is not asked without end. */
const PAUSE_MS = 500;

/**
 * Brings events from their topic to the tracker as Eventarc does: each as a CloudEvent in binary mode, many at once, again
 * and again until it is answered 2xx. The Pub/Sub emulator's own push would bring two at a time, and a burst of edits would
 * wait for the emulator instead of for us.
 */
export function forwardEvents(pubsub: PubSub, trackerUrl: string): AsyncDisposable {
  const subscription = pubsub.subscription(EVENTS_SUBSCRIPTION, {
    flowControl: { maxMessages: AT_ONCE, allowExcessMessages: false },
    batching: { maxMilliseconds: 10 },
  });
  const forward = async (message: Message) => {
    const isTaken = await post(`${trackerUrl}/events/firestore`, message);
    if (isTaken) message.ack();
    else setTimeout(() => message.nack(), PAUSE_MS).unref();
  };
  subscription.on("message", (message: Message) => void forward(message));
  // The client itself opens a broken stream again; a subscription that an emulator forgot comes back with the topology.
  subscription.on("error", () => undefined);
  return {
    async [Symbol.asyncDispose]() {
      subscription.removeAllListeners("message");
      await subscription.close();
    },
  };
}

async function post(url: string, { data, attributes }: Message): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: attributes,
      body: new Uint8Array(data),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
