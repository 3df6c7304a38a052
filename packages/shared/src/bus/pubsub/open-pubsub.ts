import type { Logger } from "../../runtime/logging.ts";
import type { MessagePublisher, MessageSource } from "../message-bus.ts";
import { createPubSub, PubSubPublisher, PubSubSource, type PubSubOptions } from "./pubsub-bus.ts";

/** Both ends of the bus; whoever opened it closes it. */
export interface Bus extends AsyncDisposable {
  readonly publisher: MessagePublisher;
  readonly source: MessageSource;
}

/** Opens Pub/Sub for a service. */
export function openPubSub(options: PubSubOptions, log: Logger): Bus {
  const pubsub = createPubSub(options);
  return {
    publisher: new PubSubPublisher(pubsub),
    source: new PubSubSource({ pubsub, log }),
    [Symbol.asyncDispose]: () => pubsub.close(),
  };
}
