import type { Clock } from "@member-sync/shared/clock.ts";
import { deadLetterId } from "@member-sync/shared/bus/dead-letters.ts";
import { deadLetterNotice, type DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { IncomingMessage, MessageHandler } from "@member-sync/shared/messages/message.ts";
import { SUBSCRIPTIONS } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";
import type { DeadLetterStore } from "./ports.ts";

/** Attribute by which Pub/Sub names the subscription whose attempts were spent. */
const SOURCE = "CloudPubSubDeadLetterSourceSubscription";

export interface DeadLetterPorts {
  readonly deadLetters: DeadLetterStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * Keeps dead letters: notices of our own consumers, and messages whose attempts the broker spent. Whatever
 * arrives is kept whole; a dead letter that cannot be read is a dead letter too.
 */
export function createDeadLetterHandler({ deadLetters, clock, telemetry }: DeadLetterPorts): MessageHandler {
  return async (message) => {
    const notice = readNotice(message) ?? exhausted(message, clock());
    await deadLetters.put([notice], clock());
    telemetry.deadLetterKept(notice);
    return "ack";
  };
}

function readNotice(message: IncomingMessage): DeadLetterNotice | undefined {
  if (SOURCE in message.attributes) return undefined;
  try {
    return deadLetterNotice.safeParse(JSON.parse(message.data)).data;
  } catch {
    return undefined;
  }
}

function exhausted(message: IncomingMessage, at: number): DeadLetterNotice {
  const subscription = message.attributes[SOURCE];
  const topic = SUBSCRIPTIONS.find(({ name }) => name === subscription)?.topic ?? "member-dead-letters";
  const { [SOURCE]: _, ...attributes } = message.attributes;
  const side = attributes["side"] === "django" || attributes["side"] === "firestore" ? attributes["side"] : null;
  return {
    id: deadLetterId(topic, message.data),
    cause: subscription === undefined ? "malformed" : "exhausted",
    reason: subscription === undefined ? "not a dead letter of ours" : "the broker gave up after all delivery attempts",
    origin: subscription ?? message.subscription,
    topic,
    memberRef: null,
    side,
    data: message.data,
    attributes,
    at,
  };
}
