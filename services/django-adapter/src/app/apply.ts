import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { deadLetterMessage } from "@member-sync/shared/bus/dead-letters.ts";
import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { packEnvelopes, readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage, MessageHandler, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import { applyTopic, changesTopic } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";
import { carryOut, type CarryOutDeps, type Ended } from "./carry-out.ts";
import { commandNotice, unreadableNotice } from "./give-up.ts";
import { packObservations } from "./pack-observations.ts";

export interface ApplyParts extends CarryOutDeps {
  readonly publisher: MessagePublisher;
  readonly telemetry: Telemetry;
}

/** How the message came: which attempt this is, and the field map of its producer. */
interface Arrival {
  readonly attempts: number;
  readonly fieldMap: FieldMapSignature | undefined;
}

/**
 * Handles an envelope of commands for Django. Acknowledged when each command has ended: answered by an observation
 * that is published, sent again individually, or dead-lettered. While Django is down nothing ends, and the envelope is
 * redelivered without limit.
 */
export function createApplyHandler(parts: ApplyParts): MessageHandler {
  return async (message) => {
    const { items, unreadable, side, fieldMap } = readEnvelope("member-apply.v1", message);
    const attempts = attemptsOf(message);
    const ended = side === "firestore" ? items.map(wrongSide) : await carryOut(parts, items, attempts);
    if (unreadable.length === 0 && ended.length > 0 && ended.every(({ ending }) => ending.kind === "peer-down")) return "retry";
    const notices = unreadable.map((item) => unreadableNotice(item, message.attributes, parts.clock()));
    for (const { command, ending } of ended) {
      if (ending.kind === "given-up") notices.push(commandNotice(replayable(command, ending), ending.cause, ending.reason, parts.clock()));
    }
    try {
      // An answer ends its command in the reconciler, so it goes last: were it published and the rest failed, the
      // redelivered command could still be written.
      await Promise.all([publishAgain(parts, ended, { attempts, fieldMap }), publishNotices(parts, notices)]);
      await publishAnswers(parts, ended);
    } catch (error) {
      // Nothing is lost: the commands are redelivered, and Django knows their write ids.
      parts.telemetry.applyNotPublished(error);
      return "retry";
    }
    report(parts.telemetry, ended);
    return "ack";
  };
}

function wrongSide(command: ApplyCommand): Ended {
  return { command, ending: { kind: "given-up", cause: "invalid-item", reason: "a command for the other side" } };
}

/**
 * A command that was also answered has ended in the reconciler: were it written by a replay, an old value would come back
 * as somebody's edit (P8). Its replay looks at what Django holds, and the reconciler decides anew.
 */
function replayable(command: ApplyCommand, ending: Ended["ending"]): ApplyCommand {
  return "observation" in ending ? { ...command, look: true } : command;
}

function attemptsOf(message: IncomingMessage): number {
  const attempts = Number(message.attributes["attempts"] ?? "1");
  return Number.isInteger(attempts) && attempts > 0 ? attempts : 1;
}

async function publishAnswers(parts: ApplyParts, ended: readonly Ended[]): Promise<void> {
  const observations = ended.flatMap(({ ending }) => ("observation" in ending ? [ending.observation] : []));
  const messages = packObservations(parts.fieldMap, observations);
  if (messages.length > 0) await parts.publisher.publish(changesTopic("django"), messages);
}

/** A command that was not done goes alone, counted; one that met a Django that is down only parts from those that have ended. */
async function publishAgain(parts: ApplyParts, ended: readonly Ended[], { attempts, fieldMap }: Arrival): Promise<void> {
  const messages: OutgoingMessage[] = [];
  for (const { command, ending } of ended) {
    if (ending.kind !== "not-done" && ending.kind !== "peer-down") continue;
    const next = ending.kind === "not-done" ? attempts + 1 : attempts;
    for (const { data, attributes } of packEnvelopes("member-apply.v1", "django", [command], fieldMap)) {
      messages.push({ data, attributes: { ...attributes, attempts: String(next) } });
    }
  }
  if (messages.length > 0) await parts.publisher.publish(applyTopic("django"), messages);
}

async function publishNotices(parts: ApplyParts, notices: readonly DeadLetterNotice[]): Promise<void> {
  if (notices.length > 0) await parts.publisher.publish("member-dead-letters", notices.map(deadLetterMessage));
  for (const { cause, reason, memberRef } of notices) parts.telemetry.deadLettered(cause, reason, memberRef);
}

function report(telemetry: Telemetry, ended: readonly Ended[]): void {
  for (const { command, ending } of ended) {
    if (ending.kind === "not-done") telemetry.commandNotDone(command.memberRef, ending.reason);
    else if ("observation" in ending) telemetry.commandAnswered(command.memberRef, ending.observation.answer?.status ?? "applied");
  }
}
