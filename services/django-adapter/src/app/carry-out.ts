import type { Clock } from "@member-sync/shared/clock.ts";
import { areLive } from "@member-sync/shared/bus/live.ts";
import { dispositionOf, SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import { answered, readResult, type Question, type Reading } from "./answer.ts";
import type { ApplyQueue, Lane } from "./apply-queue.ts";
import type { DjangoMembers } from "./ports.ts";
import { readStandings, type Standings } from "./read-standings.ts";
import { rejectionOfUnnamed } from "./rejections.ts";
import { toCancel, toChange } from "./to-change.ts";

/** Times that a command which Django did not carry out is sent, before it is dead-lettered. */
const MAX_ATTEMPTS = 5;
export interface CarryOutDeps {
  readonly queue: ApplyQueue;
  readonly django: Pick<DjangoMembers, "readMembers">;
  readonly fieldMap: FieldMap;
  readonly memberRefKey: string;
  readonly clock: Clock;
}

/**
 * How one command ended, or that it has not.
 * - `given-up`: it can never succeed, and is dead-lettered; `observation` is the answer that ends it in the reconciler.
 *   Nothing answers a command that is not this member's or this side's, or whose member Django cannot show.
 * - `not-done`: it is sent again alone, and counted. `peer-down`: it is sent again, and not counted.
 */
export type Ending =
  | { readonly kind: "answered"; readonly observation: Observation }
  | { readonly kind: "given-up"; readonly cause: DeadLetterCause; readonly reason: string; readonly observation?: Observation }
  | { readonly kind: "not-done"; readonly reason: string }
  | { readonly kind: "peer-down" };

export interface Ended {
  readonly command: ApplyCommand;
  readonly ending: Ending;
}

/** A command that is to be given up, and answered as rejected for this reason. */
interface Failed {
  readonly kind: "failed";
  readonly reason: string;
  readonly refusal: Refusal;
}

/** Carries out the commands of one envelope. Never rejects. */
export async function carryOut(deps: CarryOutDeps, commands: readonly ApplyCommand[], attempts: number): Promise<readonly Ended[]> {
  const lane = areLive(commands) ? "live" : "bulk";
  const looks = commands.filter((command) => command.look === true && isOfItsMember(deps, command));
  const looked = readStandings(deps.django, looks);
  const tried = commands.map(async (command) => {
    const ending = spent(await tryOne(deps, command, { lane, looked }), attempts);
    return { command, ending: ending.kind === "failed" ? await giveUp(deps, command, ending, lane) : ending };
  });
  return await Promise.all(tried);
}

interface Round {
  readonly lane: Lane;
  readonly looked: Promise<Standings>;
}

async function tryOne(deps: CarryOutDeps, command: ApplyCommand, { lane, looked }: Round): Promise<Ending | Failed> {
  if (!isOfItsMember(deps, command)) {
    const { code, message } = new SyncError("wrong_member");
    return { kind: "given-up", cause: "wrong-member", reason: `${code}: ${message}` };
  }
  if (command.look === true) return seen(deps, command, await looked);
  const delivery = await deps.queue.send(toChange(deps.fieldMap, command), lane);
  if (delivery.kind === "failed") return failed(delivery.error);
  return understood(readResult(questionOf(deps, command), delivery.result));
}

function isOfItsMember({ memberRefKey }: CarryOutDeps, { kennitala, memberRef }: ApplyCommand): boolean {
  return memberRefOf(memberRefKey, kennitala) === memberRef;
}

function understood(reading: Reading): Ending {
  if (reading.kind === "not-done") return reading;
  const { kind, observation } = reading;
  return kind === "answered"
    ? { kind, observation }
    : { kind: "given-up", cause: "refused", reason: "Django has no such member", observation };
}

function failed(error: unknown): Ending | Failed {
  if (dispositionOf(error) === "retry") return { kind: "peer-down" };
  const status = error instanceof SyncError ? error.details["status"] : undefined;
  const reason = `Django refuses the request (${String(status ?? "no status")})`;
  return { kind: "failed", reason, refusal: { code: "refused", message: reason } };
}

function spent(ending: Ending | Failed, attempts: number): Ending | Failed {
  if (ending.kind !== "not-done" || attempts < MAX_ATTEMPTS) return ending;
  const reason = `not done in ${attempts} attempts: ${ending.reason}`;
  return {
    kind: "failed",
    reason,
    refusal: { code: "failed", message: `Django fails each time at this change: ${ending.reason}`.slice(0, 500) },
  };
}

function seen(deps: CarryOutDeps, command: ApplyCommand, standings: Standings): Ending | Failed {
  if ("error" in standings) return failed(standings.error);
  const standing = standings.get(command.kennitala);
  if (standing === undefined) return { kind: "not-done", reason: "Django's answer does not show the member" };
  const read = answered(questionOf(deps, command), standing, { writeId: command.writeId, status: "stale" });
  return read.success ? { kind: "answered", observation: read.data } : { kind: "not-done", reason: "what Django shows cannot be read" };
}

/**
 * P5: a command that is given up without an answer would hold up everything that comes after it for this member. P8: and one
 * that is answered must not be written afterwards by another copy of its message, so Django is told to cancel it first.
 */
async function giveUp(deps: CarryOutDeps, command: ApplyCommand, { reason, refusal }: Failed, lane: Lane): Promise<Ending> {
  const letter = { kind: "given-up", cause: "refused", reason } as const;
  const delivery = await deps.queue.send(toCancel(command), lane);
  if (delivery.kind === "failed") return dispositionOf(delivery.error) === "retry" ? { kind: "peer-down" } : letter;
  const { result } = delivery;
  if (result === undefined || result.status === "error") return letter;
  if (result.status !== "rejected" || Object.keys(result.errors).length > 0) {
    // It had been decided, whatever Django answered then: carried out, rejected by name, or the member has changed.
    const ending = understood(readResult(questionOf(deps, command), result));
    return ending.kind === "not-done" ? letter : ending;
  }
  const answer = { writeId: command.writeId, status: "rejected", rejected: rejectionOfUnnamed(command, refusal) } as const;
  const read = answered(questionOf(deps, command), result, answer);
  return read.success ? { ...letter, observation: read.data } : letter;
}

function questionOf({ fieldMap, clock }: CarryOutDeps, command: ApplyCommand): Question {
  return { fieldMap, command, now: clock() };
}
