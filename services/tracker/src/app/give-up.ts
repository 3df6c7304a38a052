import { deadLetterId, noticeOf } from "@member-sync/shared/bus/dead-letters.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterCause, DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { packEnvelopes, type Unreadable } from "@member-sync/shared/messages/envelope.ts";
import { applyTopic, changesTopic, EVENTS_TOPIC } from "@member-sync/shared/topology.ts";
import { actorOf } from "./actor.ts";

const ORIGIN = "tracker";

/** An event as it arrived: the body in base64, and the CloudEvent's attributes. */
export interface RawEvent {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** These name the document, and so the person. The body names it too. */
const TELLING = new Set(["ce-subject", "ce-document", "ce-source"]);

/** Login ids may be an e-mail or a kennitala: kept as the opaque actor that they stand for. */
const LOGIN = "ce-authid";

/** The notice for an event that can never become an observation. */
export function eventNotice(event: RawEvent, cause: DeadLetterCause, reason: string, at: number, key: string): DeadLetterNotice {
  const kept = Object.entries(event.attributes).filter(([name]) => !TELLING.has(name));
  const attributes = Object.fromEntries(
    kept.map(([name, value]) => [name, name === LOGIN ? (actorOf({ authType: null, authId: value }, key) ?? "") : value]),
  );
  const unreadable = { cause: "malformed", reason, text: event.text } as const;
  const notice = noticeOf(unreadable, { origin: ORIGIN, topic: changesTopic("firestore"), at, attributes });
  return { ...notice, id: deadLetterId(EVENTS_TOPIC, event.text), cause, topic: EVENTS_TOPIC, memberRef: null };
}

/** The notice for a command that can never be carried out; replaying it sends it again, alone. */
export function commandNotice(command: ApplyCommand, cause: DeadLetterCause, reason: string, at: number): DeadLetterNotice {
  const topic = applyTopic("firestore");
  const [message] = packEnvelopes("member-apply.v1", command.side, [command]);
  return {
    id: deadLetterId(topic, `${command.writeId}\n${cause}`),
    cause,
    reason,
    origin: ORIGIN,
    topic,
    memberRef: command.memberRef,
    side: "firestore",
    data: message?.data ?? JSON.stringify(command),
    attributes: { ...message?.attributes },
    at,
  };
}

/** The notice for what could not even be read. */
export function unreadableNotice(unreadable: Unreadable, attributes: Readonly<Record<string, string>>, at: number): DeadLetterNotice {
  return noticeOf(unreadable, { origin: ORIGIN, topic: applyTopic("firestore"), at, attributes });
}
