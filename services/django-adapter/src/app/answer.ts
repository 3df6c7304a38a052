import { toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { observation, observationId, type Answer, type Observation, type Refusal } from "@member-sync/shared/messages/observation.ts";
import type { DjangoResult } from "./ports.ts";
import { LIFE, refusedGroups } from "./refused-groups.ts";

/**
 * What a result means for its command.
 * - `answered`: the observation tells what the member holds now and what became of the command.
 * - `unknown-member`: it can never succeed.
 * - `not-done`: nothing says that it was done, so it must be tried again by itself. `refusal` is how it is answered when
 *   it is given up on, where Django told what the member holds.
 */
export type Reading =
  | { readonly kind: "answered"; readonly observation: Observation }
  | { readonly kind: "unknown-member" }
  | { readonly kind: "not-done"; readonly reason: string; readonly refusal?: Observation };

/** Reads the result that carries the command's write id, if there was one. `now` stands in where Django tells no time. */
export function readResult(fieldMap: FieldMap, command: ApplyCommand, result: DjangoResult | undefined, now: number): Reading {
  if (result === undefined) return { kind: "not-done", reason: "the answer has no result for this write id" };
  if (result.status === "error")
    return /not found/i.test(result.message) ? { kind: "unknown-member" } : failed(fieldMap, command, result, now);
  // P7: applied means that our write id was seen on the target.
  if (result.status === "success" && result.lastWriteId === null) {
    return { kind: "not-done", reason: "Django says success, but no write id stands on the member" };
  }
  const answer = answerOf(fieldMap, command, result, recordOf(fieldMap, result));
  const read = observed(fieldMap, command, result, answer, now);
  if (read.success) return { kind: "answered", observation: read.data };
  const places = read.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.code}`);
  return { kind: "not-done", reason: `the result cannot be read: ${places.join("; ")}` };
}

/** P5: a command that is given up on without an answer would hold up all that comes after it for this member. */
function failed(fieldMap: FieldMap, command: ApplyCommand, result: DjangoResult, now: number): Reading {
  const notDone = { kind: "not-done", reason: "Django could not do it and refused nothing in it" } as const;
  if (result.revision === null || result.record === null) return notDone;
  const why: Refusal = { code: "failed", message: "Django fails each time at this change" };
  const answer: Answer = { writeId: command.writeId, status: "rejected", rejected: ofEveryGroup(command, why) };
  const read = observed(fieldMap, command, result, answer, now);
  return read.success ? { ...notDone, refusal: read.data } : notDone;
}

function recordOf(fieldMap: FieldMap, { life, record }: DjangoResult): MemberRecord {
  return life === "missing" ? {} : toRecord(fieldMap, record);
}

function observed(fieldMap: FieldMap, command: ApplyCommand, result: DjangoResult, answer: Answer, now: number) {
  const revision = result.revision ?? "0";
  return observation.safeParse({
    id: observationId({ side: "django", memberRef: command.memberRef, revision }),
    side: "django",
    memberRef: command.memberRef,
    kennitala: command.kennitala,
    revision,
    life: result.life,
    record: recordOf(fieldMap, result),
    changedAt: result.changedAt ?? now,
    actor: null,
    djangoId: result.djangoId,
    writeId: result.lastWriteId,
    ...(result.lastWriteErrors && { rejected: refusedGroups(fieldMap, result.lastWriteErrors) }),
    answer,
  });
}

function answerOf(fieldMap: FieldMap, command: ApplyCommand, result: DjangoResult, record: MemberRecord): Answer {
  const { writeId } = command;
  if (result.status === "stale") return { writeId, status: "stale" };
  const refused = refusedGroups(fieldMap, result.errors);
  if (result.status === "rejected") return { writeId, status: "rejected", rejected: { ...everyGroup(command, refused), ...refused } };
  const rejected = { ...droppedGroups(command, result, record), ...refused };
  return { writeId, status: "applied", ...(Object.keys(rejected).length > 0 && { rejected }) };
}

/** The groups that were not refused themselves say which one was: a missing name is told where the member's life waits. */
function everyGroup(command: ApplyCommand, refused: Readonly<Record<GroupName, Refusal>>): Record<GroupName, Refusal> {
  const reasons = Object.entries(refused).map(([group, { message }]) => `, for ${group}: ${message}`);
  return ofEveryGroup(command, { code: "rejected", message: `Django took nothing of this change${reasons.join("")}`.slice(0, 500) });
}

function ofEveryGroup(command: ApplyCommand, refusal: Refusal): Record<GroupName, Refusal> {
  const names = [...Object.keys(command.groups), ...(command.life === undefined ? [] : [LIFE])];
  return Object.fromEntries(names.map((name) => [name, refusal]));
}

/** P7: a group that we sent and that Django's record does not even carry was not written, whatever the status says. */
function droppedGroups(command: ApplyCommand, result: DjangoResult, record: MemberRecord): Record<GroupName, Refusal> {
  if (result.life === "missing") return {};
  const dropped = Object.keys(command.groups).filter((group) => record[group] === undefined);
  const refusal: Refusal = { code: "unmapped", message: "Django's record does not carry this field" };
  return Object.fromEntries(dropped.map((group) => [group, refusal]));
}
