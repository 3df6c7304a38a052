import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { email, phone, text } from "@member-sync/shared/member/codecs.ts";
import { defineFieldMap, field, group } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { deadLetterNotice, type DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { packEnvelopes, readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../src/telemetry.ts";

export const KEY = "a-member-ref-key-for-tests";
export const KENNITALA = "0101302989";
export const MEMBER_REF = memberRefOf(KEY, KENNITALA);

export const fieldMap = defineFieldMap({
  name: field("profile.name", text()),
  email: field("profile.email", email()),
  phone: field("profile.phone", phone()),
  address: group({
    street: ["address.street", text()],
    postal_code: ["address.postal_code", text()],
    city: ["address.city", text()],
  }),
});

/** Keeps what is published; `fail` makes the next publications fail. */
export interface RecordingPublisher extends MessagePublisher {
  readonly sent: { readonly topic: TopicName; readonly message: OutgoingMessage }[];
  fail: Error | undefined;
  before: (topic: TopicName) => Promise<void> | void;
  observations(): readonly Observation[];
  commands(): readonly { readonly command: ApplyCommand; readonly attributes: OutgoingMessage["attributes"] }[];
  deadLetters(): readonly DeadLetterNotice[];
}

export function recordingPublisher(): RecordingPublisher {
  const of = (topic: TopicName) => publisher.sent.filter((entry) => entry.topic === topic).map(({ message }) => message);
  const publisher: RecordingPublisher = {
    sent: [],
    fail: undefined,
    before: () => undefined,
    async publish(topic, messages) {
      await publisher.before(topic);
      if (publisher.fail !== undefined) throw publisher.fail;
      publisher.sent.push(...messages.map((message) => ({ topic, message })));
    },
    observations: () => of("member-changes-django").flatMap((message) => readEnvelope("member-change.v1", delivered(message)).items),
    commands: () =>
      of("member-apply-django").flatMap((message) =>
        readEnvelope("member-apply.v1", delivered(message)).items.map((item) => ({ command: item, attributes: message.attributes })),
      ),
    deadLetters: () => of("member-dead-letters").map(({ data }) => deadLetterNotice.parse(JSON.parse(data))),
  };
  return publisher;
}

/** A message as the broker would deliver it. */
export function delivered(message: OutgoingMessage): IncomingMessage {
  return { ...message, messageId: "1", subscription: "django-adapter-apply", publishedAt: 0 };
}

export function command(writeId: string, more: Partial<ApplyCommand> = {}): ApplyCommand {
  return {
    writeId,
    side: "django",
    memberRef: MEMBER_REF,
    kennitala: KENNITALA,
    djangoId: 12,
    expectRevision: "5",
    groups: { email: "anna@example.is" },
    emittedAt: 1_770_000_000_000,
    ...more,
  };
}

/** The first envelope that carries these commands, as delivered. */
export function envelopeOf(commands: readonly ApplyCommand[], attributes: Readonly<Record<string, string>> = {}): IncomingMessage {
  const [message] = packEnvelopes("member-apply.v1", "django", commands);
  if (message === undefined) throw new Error("an envelope has at least one item");
  return delivered({ data: message.data, attributes: { ...message.attributes, ...attributes } });
}

/** Notes the name of each event. */
export function recordingTelemetry(): Telemetry & { readonly events: string[] } {
  const events: string[] = [];
  const note = (name: string) => (first?: unknown) => void events.push(typeof first === "string" ? `${name} ${first}` : name);
  return {
    events,
    outboxSeen: note("outboxSeen"),
    rowsCaptured: note("rowsCaptured"),
    kennitalaChanged: note("kennitalaChanged"),
    drainFailed: note("drainFailed"),
    circuitChanged: note("circuitChanged"),
    batchSent: note("batchSent"),
    commandAnswered: note("commandAnswered"),
    commandNotDone: note("commandNotDone"),
    applyFailed: note("applyFailed"),
    applyNotPublished: note("applyNotPublished"),
    deadLettered: note("deadLettered"),
    nudged: note("nudged"),
  };
}
