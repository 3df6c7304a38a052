import { Duration, PubSub, SubscriptionCloseBehaviors, type Message, type Subscription, type Topic } from "@google-cloud/pubsub";
import { PassThroughClient } from "google-auth-library";
import { SyncError } from "../../errors/sync-error.ts";
import type { MessageHandler, OutgoingMessage } from "../../messages/message.ts";
import type { Logger } from "../../runtime/logging.ts";
import type { TopicName } from "../../topology.ts";
import { decodeText } from "../decode-text.ts";
import type { MessagePublisher, MessageSource } from "../message-bus.ts";

const REOPEN_MS = 1_000;

export interface PubSubOptions {
  readonly projectId: string;
  /** `host:port`; absent for Google's own. */
  readonly emulatorHost?: string;
}

export function createPubSub({ projectId, emulatorHost }: PubSubOptions): PubSub {
  return emulatorHost === undefined
    ? new PubSub({ projectId, emulatorMode: false })
    : new PubSub({ projectId, apiEndpoint: emulatorHost, emulatorMode: true, authClient: new PassThroughClient() });
}

/** Publishes at once what it is given: callers group by themselves. */
export class PubSubPublisher implements MessagePublisher {
  readonly #pubsub: PubSub;
  readonly #deadlineMs: number;
  readonly #topics = new Map<string, Topic>();

  /** @param options `deadlineMs`: below every acknowledgement deadline, since a silent broker must not hold a handler */
  constructor(pubsub: PubSub, { deadlineMs = 8_000 }: { readonly deadlineMs?: number } = {}) {
    this.#pubsub = pubsub;
    this.#deadlineMs = deadlineMs;
  }

  async publish(topic: TopicName, messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const target = this.#topic(topic);
    const sent = messages.map(({ data, attributes }) => target.publishMessage({ data: Buffer.from(data), attributes: { ...attributes } }));
    const outcomes = await Promise.allSettled([target.flush(), ...sent]);
    const failed = outcomes.slice(1).find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw new SyncError("bus_unavailable", { topic, messages: messages.length }, { cause: failed.reason });
  }

  #topic(name: TopicName): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const retry = {
      backoffSettings: {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 1_000,
        totalTimeoutMillis: this.#deadlineMs,
        // Without these the deadline of every try but the first is at once, and no second try ever succeeds.
        initialRpcTimeoutMillis: this.#deadlineMs,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: this.#deadlineMs,
      },
    };
    const topic = this.#pubsub.topic(name, {
      batching: { maxMessages: 1_000, maxBytes: 5_000_000, maxMilliseconds: 10 },
      gaxOpts: { timeout: this.#deadlineMs, retry },
    });
    this.#topics.set(name, topic);
    return topic;
  }
}

export interface PubSubSourceOptions {
  readonly pubsub: PubSub;
  readonly log: Logger;
  /** Messages in hand at once, by subscription. */
  readonly maxMessages?: number;
}

/** Streaming pull. Opens again by itself when the stream breaks. */
export class PubSubSource implements MessageSource {
  readonly #options: PubSubSourceOptions;

  constructor(options: PubSubSourceOptions) {
    this.#options = options;
  }

  consume(name: string, handler: MessageHandler): AsyncDisposable {
    const { pubsub, log, maxMessages = 20 } = this.#options;
    const ended = new AbortController();
    let open: Subscription | undefined;
    const start = () => {
      if (ended.signal.aborted) return;
      const subscription = pubsub.subscription(name, {
        flowControl: { maxMessages, allowExcessMessages: false },
        batching: { maxMilliseconds: 10 },
        closeOptions: { behavior: SubscriptionCloseBehaviors.WaitForProcessing, timeout: Duration.from({ seconds: 8 }) },
      });
      subscription.on("message", (message: Message) => void deliver(name, message, handler, log));
      subscription.on("error", (err: unknown) => {
        log.error({ err, subscription: name }, "subscription broke");
        subscription.removeAllListeners("message");
        void subscription.close().catch(() => undefined);
        setTimeout(start, REOPEN_MS).unref();
      });
      open = subscription;
    };
    start();
    return {
      [Symbol.asyncDispose]: async () => {
        ended.abort();
        await open?.close();
      },
    };
  }
}

async function deliver(subscription: string, message: Message, handler: MessageHandler, log: Logger): Promise<void> {
  try {
    const verdict = await handler({
      messageId: message.id,
      data: decodeText(message.data),
      attributes: message.attributes,
      subscription,
      publishedAt: message.publishTime.getTime(),
    });
    if (verdict === "ack") message.ack();
    else message.nack();
  } catch (err) {
    log.error({ err, messageId: message.id, subscription }, "message handler failed");
    message.nack();
  }
}
