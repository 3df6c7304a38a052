import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { observation, observationId, type Answer, type Observation } from "@member-sync/shared/messages/observation.ts";
import type { DjangoResult, Provenance, Standing } from "./ports.ts";
import { provenanceOf } from "./provenance.ts";
import { readRecord } from "./read-record.ts";
import { refusedGroups } from "./refused-groups.ts";
import { rejectionsOfPart, rejectionsOfWhole } from "./rejections.ts";

/** A command that is being answered. */
export interface Question {
  readonly fieldMap: FieldMap;
  readonly command: ApplyCommand;
  /** Stands in where Django tells no time. */
  readonly now: number;
}

/**
 * What a result means for its command.
 * - `answered`: the observation tells what the member holds now and what became of the command.
 * - `unknown-member`: Django finds nobody under this key, so the command can never succeed; the observation says so.
 * - `not-done`: nothing says that it was done, so it must be tried again individually.
 */
export type Reading =
  | { readonly kind: "answered" | "unknown-member"; readonly observation: Observation }
  | { readonly kind: "not-done"; readonly reason: string };

/** Reads the result that carries the command's write id, if there was one. */
export function readResult(question: Question, result: DjangoResult | undefined): Reading {
  if (result === undefined) return { kind: "not-done", reason: "the answer has no result for this write id" };
  if (result.status === "error") {
    if (/not found/i.test(result.message)) return reading("unknown-member", unknownMember(question, result));
    return { kind: "not-done", reason: "Django could not do it and refused nothing in it" };
  }
  // P7: applied means that our write id was seen on the target.
  if (result.status === "success" && result.lastWriteId === null) {
    return { kind: "not-done", reason: "Django says success, but no write id stands on the member" };
  }
  return reading("answered", answered(question, result, answerOf(question, result)));
}

/** The observation of what a member holds, as the answer to a command; a failure where the two make no sound observation. */
export function answered({ fieldMap, command, now }: Question, standing: Standing, answer: Answer) {
  const revision = standing.revision ?? "0";
  const { record, unknown } = readRecord(fieldMap, standing.life, standing.record);
  return observation.safeParse({
    id: observationId({ side: "django", memberRef: command.memberRef, revision }),
    side: "django",
    memberRef: command.memberRef,
    kennitala: command.kennitala,
    revision,
    life: standing.life,
    record,
    changedAt: standing.changedAt ?? now,
    actor: null,
    djangoId: standing.djangoId,
    writeId: standing.lastWriteId,
    ...(standing.lastWriteErrors && { rejected: refusedGroups(fieldMap, standing.lastWriteErrors) }),
    ...(unknown.length > 0 && { unknown }),
    ...provenanceOf(standing),
    answer,
  });
}

function reading(kind: "answered" | "unknown-member", read: ReturnType<typeof answered>): Reading {
  if (read.success) return { kind, observation: read.data };
  const places = read.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.code}`);
  return { kind: "not-done", reason: `the result cannot be read: ${places.join("; ")}` };
}

/**
 * Django has the revision that was expected and no row under the key: the stored kennitala is spelled with other
 * characters, or padded. Nothing that Django says of the member can be trusted then.
 */
function unknownMember(question: Question, provenance: Provenance) {
  const message = "Django finds no member under this kennitala; its stored form may hold other characters (member_sync_verify counts them)";
  const nobody = { revision: "0", record: null, life: "missing", djangoId: null, lastWriteId: null, changedAt: null } as const;
  const rejected = { life: { code: "not-found", message } };
  const { writeId } = question.command;
  return answered(question, { ...nobody, ...provenanceOf(provenance) }, { writeId, status: "rejected", rejected });
}

function answerOf({ fieldMap, command }: Question, result: DjangoResult): Answer {
  const { writeId } = command;
  if (result.status === "stale") return { writeId, status: "stale" };
  if (result.status === "rejected") return { writeId, status: "rejected", rejected: rejectionsOfWhole(fieldMap, command, result.errors) };
  const { record } = readRecord(fieldMap, result.life, result.record);
  const dropped = result.life === "missing" ? {} : rejectionsOfPart(fieldMap, command, record);
  const rejected = { ...dropped, ...refusedGroups(fieldMap, result.errors) };
  return { writeId, status: "applied", ...(Object.keys(rejected).length > 0 && { rejected }) };
}
