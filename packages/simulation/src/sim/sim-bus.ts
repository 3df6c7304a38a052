import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { copiesOf } from "@member-sync/shared/bus/memory/copies.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { IncomingMessage, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

/** One message of one subscription. */
export interface Envelope {
  readonly message: IncomingMessage;
  /** Deliveries under way. A message can be on its way to two at the same moment. */
  inHand: number;
  isDone: boolean;
}

const unavailable = () => new SyncError("bus_unavailable", { reason: "no answer" });

/** Pub/Sub: at least once, in no order. What was acknowledged is remembered, so that it can come once more. */
export class SimBus {
  readonly waiting: Envelope[] = [];
  readonly past: Envelope[] = [];
  published = 0;
  readonly #stage: Stage;
  readonly #watch: (message: OutgoingMessage) => void;

  constructor(stage: Stage, watch: (message: OutgoingMessage) => void) {
    this.#stage = stage;
    this.#watch = watch;
  }

  publisher(actor: Actor, tape: Tape): MessagePublisher {
    return {
      publish: (topic, messages) =>
        this.#stage.call(
          actor,
          "bus",
          `${actor.name} publishes to ${topic}`,
          () => this.put(topic, messages),
          unavailable,
          () =>
            this.put(
              topic,
              messages.filter(() => tape.chance(0.5)),
            ),
        ),
    };
  }

  put(topic: TopicName, messages: readonly OutgoingMessage[]): void {
    for (const outgoing of messages) this.#watch(outgoing);
    const stamp = { newId: () => String((this.published += 1)), now: () => this.#stage.now };
    for (const message of copiesOf(topic, messages, stamp)) this.waiting.push({ message, inHand: 0, isDone: false });
  }

  finish(envelope: Envelope): void {
    if (envelope.isDone) return;
    envelope.isDone = true;
    const at = this.waiting.indexOf(envelope);
    if (at >= 0) this.waiting.splice(at, 1);
    this.past.push(envelope);
  }

  /** What was in the hands of a process that died comes again. */
  release(envelope: Envelope): void {
    envelope.inHand = Math.max(0, envelope.inHand - 1);
  }

  /** A message long acknowledged comes once more. */
  repeat(envelope: Envelope): void {
    this.waiting.push({ ...envelope, inHand: 0, isDone: false });
  }

  lose(envelope: Envelope): void {
    const at = this.waiting.indexOf(envelope);
    if (at >= 0) this.waiting.splice(at, 1);
    envelope.isDone = true;
  }
}
