import { createNaturalBatch } from "@member-sync/shared/bus/natural-batch.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Telemetry } from "../telemetry.ts";
import { applyCommands, type Ending } from "./apply-commands.ts";
import { commandNotice, unreadableNotice } from "./give-up.ts";
import type { ObserveRules } from "./observe.ts";
import { fitted, type Outlet } from "./outlet.ts";
import type { MemberDocuments } from "./ports.ts";

/** Commands in one batch of writes. */
const MAX_COMMANDS = 400;

export interface ApplyParts {
  readonly documents: MemberDocuments;
  readonly rules: ObserveRules;
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

export interface Apply {
  /**
   * Handles an envelope of commands for Firestore. Acknowledged when each has ended: answered by an observation that
   * is published, sent again by itself, or dead-lettered. When none could be carried out, the envelope comes again.
   */
  readonly handle: MessageHandler;
  idle(): Promise<void>;
}

export function createApply(parts: ApplyParts): Apply {
  const { documents, rules, outlet, clock, telemetry } = parts;
  const batch = createNaturalBatch<ApplyCommand, Ending>((commands) => {
    telemetry.commandsTried(commands.length);
    return applyCommands(documents, rules, commands);
  }, MAX_COMMANDS);

  const handle: MessageHandler = async (message) => {
    const { items, unreadable } = readEnvelope("member-apply.v1", message);
    const notices = unreadable.map((item) => unreadableNotice(item, message.attributes, clock()));
    const commands: ApplyCommand[] = [];
    for (const command of items) {
      const notice = refusedCommand(command, rules, clock());
      if (notice === undefined) commands.push(command);
      else notices.push(notice);
    }
    const endings = await batch.add(commands);
    const again = commands.filter((command, at) => isAgain(parts, command, endings[at]));
    if (again.length > 0 && again.length === commands.length && notices.length === 0) return "retry";
    const observations = answersOf(parts, commands, endings, notices);
    try {
      await Promise.all([outlet.observations(observations), outlet.again(again), outlet.deadLetters(notices)]);
    } catch (error) {
      // Nothing is lost: the commands come again, and the documents carry their write ids.
      telemetry.applyNotPublished(error);
      return "retry";
    }
    for (const { memberRef, answer } of observations) {
      telemetry.commandAnswered(memberRef, answer?.status ?? "applied", Object.keys(answer?.rejected ?? {}));
    }
    return "ack";
  };

  return { handle, idle: () => batch.idle() };
}

/** Commands that must not be carried out, whatever the document holds. */
function refusedCommand(command: ApplyCommand, rules: ObserveRules, at: number): DeadLetterNotice | undefined {
  if (command.side !== "firestore") return commandNotice(command, "invalid-item", "the command is for the other side", at);
  const parsed = parseKennitala(command.kennitala);
  if (!parsed.ok) return commandNotice(command, "invalid-item", parsed.reason, at);
  if (memberRefOf(rules.memberRefKey, command.kennitala) === command.memberRef) return undefined;
  return commandNotice(command, "wrong-member", "the member reference and the kennitala do not belong together", at);
}

function isAgain({ telemetry }: ApplyParts, command: ApplyCommand, ending: Ending | undefined): boolean {
  if (ending?.kind === "answered") return false;
  telemetry.commandNotDone(command.memberRef, ending?.error);
  return true;
}

function answersOf(
  { clock }: ApplyParts,
  commands: readonly ApplyCommand[],
  endings: readonly Ending[],
  notices: DeadLetterNotice[],
): readonly Observation[] {
  return commands.flatMap((command, at) => {
    const ending = endings[at];
    if (ending?.kind !== "answered") return [];
    const observation = fitted(ending.observation);
    if (observation === undefined) notices.push(commandNotice(command, "oversized", "the member does not fit into a message", clock()));
    return observation === undefined ? [] : [observation];
  });
}
