import { randomUUID } from "node:crypto";
import type { IncomingMessage, MessageHandler, OutgoingMessage, Verdict } from "../../messages/message.ts";
import { SUBSCRIPTIONS, type SubscriptionSpec, type TopicName } from "../../topology.ts";
import type { MessagePublisher, MessageSource } from "../message-bus.ts";
import { copiesOf } from "./copies.ts";

export interface MemoryBusOptions {
  /** The first wait before a message is delivered again; it doubles up to `maxBackoffMs`. */
  readonly minBackoffMs?: number;
  readonly maxBackoffMs?: number;
  /** Deliveries before the broker gives up on a message, where the subscription has a dead-letter topic. */
  readonly maxDeliveryAttempts?: number;
  /** Messages of one subscription that are handled at once. */
  readonly concurrency?: number;
  readonly subscriptions?: readonly Pick<SubscriptionSpec, "name" | "topic" | "deadLetter">[];
  /** Told of what a handler threw; the message is delivered again. */
  readonly onError?: (error: unknown) => void;
}

interface Queued {
  readonly message: IncomingMessage;
  attempts: number;
}

interface Queue {
  readonly subscription: Pick<SubscriptionSpec, "name" | "topic" | "deadLetter">;
  readonly ready: Queued[];
  /** Timers of messages that wait for their next delivery. */
  readonly waiting: Map<Queued, NodeJS.Timeout>;
  readonly inFlight: Set<Promise<void>>;
  handler: MessageHandler | undefined;
}

/**
 * Pub/Sub within one process: at least once, unordered, with back-off and dead letters. For trying out and for tests;
 * what is queued dies with the process.
 */
export class MemoryBus implements MessagePublisher, MessageSource {
  readonly #options: Required<Omit<MemoryBusOptions, "subscriptions">>;
  readonly #queues: ReadonlyMap<string, Queue>;
  #settled = Promise.withResolvers<void>();

  constructor({ subscriptions = SUBSCRIPTIONS, ...options }: MemoryBusOptions = {}) {
    this.#options = {
      minBackoffMs: 20,
      maxBackoffMs: 2_000,
      maxDeliveryAttempts: 20,
      concurrency: 8,
      onError: () => undefined,
      ...options,
    };
    this.#queues = new Map(
      subscriptions.map((subscription) => [
        subscription.name,
        { subscription, ready: [], waiting: new Map(), inFlight: new Set(), handler: undefined },
      ]),
    );
  }

  async publish(topic: TopicName, messages: readonly OutgoingMessage[]): Promise<void> {
    const subscriptions = [...this.#queues.values()].map(({ subscription }) => subscription);
    for (const message of copiesOf(topic, messages, { subscriptions, newId: randomUUID, now: Date.now })) {
      this.#queues.get(message.subscription)?.ready.push({ message, attempts: 0 });
    }
    for (const queue of this.#queues.values()) if (queue.subscription.topic === topic) this.#pump(queue);
  }

  consume(subscription: string, handler: MessageHandler): AsyncDisposable {
    const queue = this.#queues.get(subscription);
    if (queue === undefined) throw new TypeError(`there is no subscription ${subscription}`);
    if (queue.handler !== undefined) throw new TypeError(`subscription ${subscription} has its consumer`);
    queue.handler = handler;
    this.#pump(queue);
    return {
      [Symbol.asyncDispose]: async () => {
        queue.handler = undefined;
        await Promise.all(queue.inFlight);
        this.#settle();
      },
    };
  }

  /** Resolves when every subscription that has a consumer is empty: nothing queued, in hand, or waiting for another try. */
  async drain(): Promise<void> {
    while (!this.#isIdle()) await this.#settled.promise;
  }

  /** Messages that a subscription still holds. */
  pending(subscription: string): number {
    const queue = this.#queues.get(subscription);
    return queue === undefined ? 0 : queue.ready.length + queue.waiting.size + queue.inFlight.size;
  }

  #pump(queue: Queue): void {
    while (queue.handler !== undefined && queue.inFlight.size < this.#options.concurrency) {
      const next = queue.ready.shift();
      if (next === undefined) return;
      const delivery = this.#deliver(queue, next, queue.handler).finally(() => {
        queue.inFlight.delete(delivery);
        this.#pump(queue);
        this.#settle();
      });
      queue.inFlight.add(delivery);
    }
  }

  async #deliver(queue: Queue, queued: Queued, handler: MessageHandler): Promise<void> {
    queued.attempts += 1;
    await Promise.resolve(); // a handler never runs within the call that published
    if ((await this.#verdict(queued, handler)) === "ack") return;
    const { deadLetter } = queue.subscription;
    if (deadLetter !== undefined && queued.attempts >= this.#options.maxDeliveryAttempts) {
      return this.publish(deadLetter.topic, [givenUpOn(queued)]);
    }
    const delayMs = Math.min(this.#options.maxBackoffMs, this.#options.minBackoffMs * 2 ** (queued.attempts - 1));
    queue.waiting.set(
      queued,
      setTimeout(() => {
        queue.waiting.delete(queued);
        queue.ready.push(queued);
        this.#pump(queue);
        this.#settle();
      }, delayMs),
    );
  }

  async #verdict({ message }: Queued, handler: MessageHandler): Promise<Verdict> {
    try {
      return await handler(message);
    } catch (error) {
      this.#options.onError(error);
      return "retry";
    }
  }

  #isIdle(): boolean {
    return [...this.#queues.values()].every(
      (queue) => queue.inFlight.size === 0 && (queue.handler === undefined || (queue.ready.length === 0 && queue.waiting.size === 0)),
    );
  }

  #settle(): void {
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }
}

/** As Pub/Sub forwards it: the message itself, with where it comes from in its attributes. */
function givenUpOn({ message, attempts }: Queued): OutgoingMessage {
  return {
    data: message.data,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceSubscription: message.subscription,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    },
  };
}
