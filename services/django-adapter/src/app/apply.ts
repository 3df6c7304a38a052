import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { deadLetterMessage } from "@member-sync/shared/bus/dead-letters.ts";
import { areLive } from "@member-sync/shared/bus/live.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import { dispositionOf, SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterCause, DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { packEnvelopes, readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage, MessageHandler, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { applyTopic, changesTopic } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";
import { readResult } from "./answer.ts";
import type { ApplyQueue, Lane } from "./apply-queue.ts";
import { commandNotice, unreadableNotice } from "./give-up.ts";
import { toChange } from "./to-change.ts";

/** Times that a command which Django did not carry out is sent, before it is given up on. */
const MAX_ATTEMPTS = 5;

export interface ApplyParts {
  readonly queue: ApplyQueue;
  readonly publisher: MessagePublisher;
  readonly fieldMap: FieldMap;
  readonly memberRefKey: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** How one command ended, or that it has not. */
type Ending =
  | { readonly kind: "answered"; readonly observation: Observation }
  | { readonly kind: "given-up"; readonly cause: DeadLetterCause; readonly reason: string }
  | { readonly kind: "not-done"; readonly reason: string; readonly refusal?: Observation }
  | { readonly kind: "peer-down" };

interface Ended {
  readonly command: ApplyCommand;
  readonly ending: Ending;
}

/**
 * Handles an envelope of commands for Django. Acknowledged when each command has ended: answered by an observation
 * that is published, sent again by itself, or given up on. While Django is down nothing ends, and the envelope is
 * delivered again without limit.
 */
export function createApplyHandler(parts: ApplyParts): MessageHandler {
  return async (message) => {
    const { items, unreadable, side } = readEnvelope("member-apply.v1", message);
    const misrouted = side === "firestore";
    const lane = areLive(items) ? "live" : "bulk";
    const ended = misrouted ? items.map(wrongSide) : await Promise.all(items.map((command) => carryOut(parts, command, lane)));
    if (unreadable.length === 0 && ended.length > 0 && ended.every(({ ending }) => ending.kind === "peer-down")) return "retry";
    const attempts = attemptsOf(message);
    const notices = unreadable.map((item) => unreadableNotice(item, message.attributes, parts.clock()));
    for (const { command, ending } of ended) {
      if (ending.kind === "given-up") notices.push(commandNotice(command, ending.cause, ending.reason, parts.clock()));
      else if (ending.kind === "not-done" && attempts >= MAX_ATTEMPTS) {
        notices.push(commandNotice(command, "refused", `not done in ${attempts} attempts: ${ending.reason}`, parts.clock()));
      }
    }
    try {
      await Promise.all([publishAnswers(parts, ended, attempts), publishAgain(parts, ended, attempts), publishNotices(parts, notices)]);
    } catch (error) {
      // Nothing is lost: the commands come again, and Django knows their write ids.
      parts.telemetry.applyNotPublished(error);
      return "retry";
    }
    tell(parts.telemetry, ended);
    return "ack";
  };
}

function wrongSide(command: ApplyCommand): Ended {
  return { command, ending: { kind: "given-up", cause: "invalid-item", reason: "a command for the other side" } };
}

async function carryOut(parts: ApplyParts, command: ApplyCommand, lane: Lane): Promise<Ended> {
  if (memberRefOf(parts.memberRefKey, command.kennitala) !== command.memberRef) {
    const { code, message } = new SyncError("wrong_member");
    return { command, ending: { kind: "given-up", cause: "wrong-member", reason: `${code}: ${message}` } };
  }
  const delivery = await parts.queue.send(toChange(parts.fieldMap, command), lane);
  return { command, ending: delivery.kind === "failed" ? failed(delivery.error) : understood(parts, command, delivery.result) };
}

function failed(error: unknown): Ending {
  if (dispositionOf(error) === "retry") return { kind: "peer-down" };
  const status = error instanceof SyncError ? error.details["status"] : undefined;
  return { kind: "given-up", cause: "refused", reason: `Django refuses the request (${String(status ?? "no status")})` };
}

function understood(parts: ApplyParts, command: ApplyCommand, result: Parameters<typeof readResult>[2]): Ending {
  const reading = readResult(parts.fieldMap, command, result, parts.clock());
  if (reading.kind === "unknown-member") return { kind: "given-up", cause: "refused", reason: "Django has no such member" };
  return reading;
}

function attemptsOf(message: IncomingMessage): number {
  const attempts = Number(message.attributes["attempts"] ?? "1");
  return Number.isInteger(attempts) && attempts > 0 ? attempts : 1;
}

async function publishAnswers(parts: ApplyParts, ended: readonly Ended[], attempts: number): Promise<void> {
  const observations = ended.flatMap(({ ending }) => {
    if (ending.kind === "answered") return [ending.observation];
    const isGivenUp = ending.kind === "not-done" && attempts >= MAX_ATTEMPTS;
    return isGivenUp && ending.refusal !== undefined ? [ending.refusal] : [];
  });
  const messages = packEnvelopes("member-change.v1", "django", observations);
  if (messages.length > 0) await parts.publisher.publish(changesTopic("django"), messages);
}

/** What was not done goes alone, counted; what met a Django that is down only parts from those that have ended. */
async function publishAgain(parts: ApplyParts, ended: readonly Ended[], attempts: number): Promise<void> {
  const messages: OutgoingMessage[] = [];
  for (const { command, ending } of ended) {
    const counts = ending.kind === "not-done";
    if (ending.kind !== "peer-down" && !(counts && attempts < MAX_ATTEMPTS)) continue;
    for (const { data, attributes } of packEnvelopes("member-apply.v1", "django", [command])) {
      messages.push({ data, attributes: { ...attributes, attempts: String(counts ? attempts + 1 : attempts) } });
    }
  }
  if (messages.length > 0) await parts.publisher.publish(applyTopic("django"), messages);
}

async function publishNotices(parts: ApplyParts, notices: readonly DeadLetterNotice[]): Promise<void> {
  if (notices.length > 0) await parts.publisher.publish("member-dead-letters", notices.map(deadLetterMessage));
  for (const { cause, reason, memberRef } of notices) parts.telemetry.deadLettered(cause, reason, memberRef);
}

function tell(telemetry: Telemetry, ended: readonly Ended[]): void {
  for (const { command, ending } of ended) {
    if (ending.kind === "answered") telemetry.commandAnswered(command.memberRef, ending.observation.answer?.status ?? "applied");
    else if (ending.kind === "not-done") telemetry.commandNotDone(command.memberRef, ending.reason);
  }
}
