import { createHash, randomUUID } from "node:crypto";
import type { FieldMapSignature } from "../member/field-map-signature.ts";
import type { Side } from "../member/side.ts";
import type { DeadLetterCause, DeadLetterNotice } from "../messages/dead-letter.ts";
import { sealEnvelope, type EnvelopeSchema, type ItemOf, type Unreadable } from "../messages/envelope.ts";
import type { OutgoingMessage } from "../messages/message.ts";
import { applyTopic, changesTopic, type TopicName } from "../topology.ts";

export const DEAD_LETTER_SCHEMA = "dead-letter.v1";

/** A dead letter must fit into one Firestore document; of what is larger, the beginning is kept. */
const MAX_TEXT_BYTES = 900_000;
const KEPT_OF_OVERSIZED = 100_000;

/** Who gives up, on which topic's message (a replay goes there), and when (epoch milliseconds). */
export interface GivenUpBy {
  readonly origin: string;
  readonly topic: TopicName;
  readonly at: number;
  /** Field map of the message's producer, where it named one: a replay names it again. */
  readonly fieldMap?: FieldMapSignature | undefined;
}

/** The message that puts a notice on its way to the dead letters. */
export function deadLetterMessage(notice: DeadLetterNotice): OutgoingMessage {
  return {
    data: JSON.stringify(notice),
    attributes: { schema: DEAD_LETTER_SCHEMA, cause: notice.cause, origin: notice.origin, deadLetterId: notice.id },
  };
}

/**
 * The notice of what could not be read. Its id is made of topic and text, so that the same thing given up on twice is
 * one dead letter. An item is put into an envelope of its own, so that a replay publishes `data` as it stands; a whole
 * message keeps its text and attributes.
 */
export function noticeOf(
  { cause, reason, text }: Unreadable,
  by: GivenUpBy & { readonly schema?: EnvelopeSchema; readonly attributes?: Readonly<Record<string, string>> },
): DeadLetterNotice {
  const side = sideOf(by.topic);
  const isItem = cause === "invalid-item" && side !== null;
  const whole = { data: text, attributes: by.attributes ?? {} };
  const again = isItem
    ? sealEnvelope(by.schema ?? schemaOf(by.topic), { side, envelopeId: randomUUID(), fieldMap: by.fieldMap }, [text])
    : whole;
  return notice(by, { cause, reason, text, again, memberRef: memberRefIn(text) });
}

/** The notice of an item that was read and can never be processed; a replay sends it again, alone. */
export function noticeOfItem<S extends EnvelopeSchema>(
  schema: S,
  item: ItemOf<S>,
  by: GivenUpBy & { readonly cause: DeadLetterCause; readonly reason: string },
): DeadLetterNotice {
  const text = JSON.stringify(item);
  const again = sealEnvelope(schema, { side: item.side, envelopeId: randomUUID(), fieldMap: by.fieldMap }, [text]);
  return notice(by, { cause: by.cause, reason: by.reason, text, again, memberRef: item.memberRef });
}

/** The identity of a thing given up on. */
export function deadLetterId(topic: string, text: string): string {
  return createHash("sha256").update(`${topic}\n${text}`).digest("hex").slice(0, 40);
}

interface GivenUp {
  readonly cause: DeadLetterCause;
  readonly reason: string;
  readonly text: string;
  readonly again: OutgoingMessage;
  readonly memberRef: string | null;
}

function notice({ origin, topic, at }: GivenUpBy, { cause, reason, text, again, memberRef }: GivenUp): DeadLetterNotice {
  const bytes = Buffer.byteLength(again.data);
  const fits = bytes <= MAX_TEXT_BYTES;
  return {
    id: deadLetterId(topic, text),
    cause,
    reason: fits ? reason : `${reason}; the first ${KEPT_OF_OVERSIZED} of ${bytes} bytes are kept`,
    origin,
    topic,
    memberRef,
    side: sideOf(topic),
    data: fits ? again.data : Buffer.from(again.data).subarray(0, KEPT_OF_OVERSIZED).toString(),
    attributes: again.attributes,
    at,
  };
}

function sideOf(topic: TopicName): Side | null {
  if (topic === changesTopic("django") || topic === applyTopic("django")) return "django";
  return topic === changesTopic("firestore") || topic === applyTopic("firestore") ? "firestore" : null;
}

function schemaOf(topic: TopicName): EnvelopeSchema {
  return topic === applyTopic("django") || topic === applyTopic("firestore") ? "member-apply.v1" : "member-change.v1";
}

function memberRefIn(text: string): string | null {
  return /"memberRef":\s*"([a-z2-7]{20})"/.exec(text.slice(0, MAX_TEXT_BYTES))?.[1] ?? null;
}
