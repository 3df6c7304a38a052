import { sameValue, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { observationId, type Answer, type Observation } from "@member-sync/shared/messages/observation.ts";
import { actorOf } from "./actor.ts";
import { changedPaths, exceedsFields } from "./document-paths.ts";
import { withheldPaths, type PathRules } from "./forbidden-paths.ts";
import { committedAt, djangoIdOf, lifeOf } from "./member-document.ts";
import { leftOutOf, type MarkedChange, type MarkedSnapshot, type MarkKey } from "./own-mark.ts";
import type { Writer } from "./ports.ts";
import { recordAfter, standingRecord, type RecordAfter } from "./record-of.ts";
import { tamperedPaths } from "./tampered-paths.ts";

/** What decides how a document is read. */
export interface ObserveRules extends PathRules {
  readonly memberRefKey: string;
  readonly markKey: MarkKey;
  /** Our service account as events name it; empty where they name no writer. */
  readonly ownWriters: readonly string[];
  /** Identity of the database's history: one that was restored from a backup gets a new one. */
  readonly lineage: string;
}

/** What a change of a document means to the sync. */
export type Observed =
  | { readonly kind: "observation"; readonly observation: Observation }
  | { readonly kind: "own-write" }
  | { readonly kind: "no-op" }
  | { readonly kind: "no-member"; readonly reason: string }
  | { readonly kind: "oversized"; readonly reason: string };

const NOBODY: Writer = { authType: null, authId: null };
const MAX_FIELDS = 5_000;

/**
 * Reads one change. Pure and total; equal deliveries of one commit give equal observations.
 *
 * @param isOwn whether the commit was our applier's, see `ownershipOf`
 */
export function observe(change: MarkedChange, isOwn: boolean, rules: ObserveRules): Observed {
  const member = memberIdOf(change.kennitala);
  if (!member.ok) return { kind: "no-member", reason: member.reason };
  const { before, after } = change;
  if (exceedsFields(after?.data ?? {}, MAX_FIELDS)) return { kind: "oversized", reason: `over ${MAX_FIELDS} fields` };
  if (isOwn && after !== undefined) return before === undefined ? ownCreate(change, after, rules) : { kind: "own-write" };
  const paths = before === undefined || after === undefined ? [] : changedPaths(before.data, after.data);
  if (before !== undefined && after !== undefined && paths.length === 0) return { kind: "no-op" };
  const { record, replaced } = recordOf(change, rules.fieldMap);
  const earlier = before === undefined ? {} : standingRecord(rules.fieldMap, before);
  const changed = changedGroups(rules.fieldMap, earlier, record);
  const observation: Observation = { ...assemble(change, rules, record), changed, ...withheldPaths(change, paths, rules) };
  return { kind: "observation", observation: replaced.length === 0 ? observation : { ...observation, replaced: [...replaced] } };
}

/** What a document holds now, told by a read and not by a change: nobody is named as its editor. */
export function observeStanding(kennitala: string, snapshot: MarkedSnapshot, rules: ObserveRules): Observed {
  const member = memberIdOf(kennitala);
  if (!member.ok) return { kind: "no-member", reason: member.reason };
  const record = standingRecord(rules.fieldMap, snapshot);
  return {
    kind: "observation",
    observation: assemble({ kennitala, after: snapshot, eventTime: snapshot.revision, actor: NOBODY }, rules, record),
  };
}

/** A document as it was read; `undefined` stands for none. */
interface ReadDocument {
  readonly kennitala: string;
  readonly snapshot: MarkedSnapshot | undefined;
  readonly readTime: string;
}

/** What a document holds now, as the answer to a command. */
export function observeAnswer({ kennitala, snapshot, readTime }: ReadDocument, answer: Answer, rules: ObserveRules): Observation {
  const change = { kennitala, eventTime: readTime, actor: NOBODY, ...(snapshot === undefined ? {} : { after: snapshot }) };
  const record = snapshot === undefined ? {} : standingRecord(rules.fieldMap, snapshot);
  return { ...assemble(change, rules, record), answer };
}

/**
 * P8: a create of ours may land when nobody waits for its answer any more (its message came twice, was acknowledged as
 * `stale` once, and the second one's applier died), so its event answers for it as well. An update needs no such care:
 * one that may still land is in flight in the hub, and is sent again until it is answered.
 */
function ownCreate({ kennitala }: MarkedChange, after: MarkedSnapshot, rules: ObserveRules): Observed {
  const { mark } = after;
  const writeId = mark.kind === "valid" ? mark.writeId : "";
  const isPart = mark.kind === "valid" && mark.refused.length > 0;
  const answer: Answer = { writeId, status: "applied", ...(isPart && { rejected: leftOutOf(mark.refused) }) };
  return { kind: "observation", observation: observeAnswer({ kennitala, snapshot: after, readTime: after.revision }, answer, rules) };
}

/** The id must be the kennitala as it is stored; a dash would make it a second document of the same person. */
function memberIdOf(id: string): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const parsed = parseKennitala(id);
  if (!parsed.ok) return parsed;
  return parsed.kennitala === id ? { ok: true } : { ok: false, reason: "the document's id is not the ten digits alone" };
}

function recordOf({ before, after }: MarkedChange, fieldMap: FieldMap): RecordAfter {
  if (after === undefined) return { record: {}, replaced: [] };
  return before === undefined ? { record: standingRecord(fieldMap, after), replaced: [] } : recordAfter(fieldMap, before, after);
}

function assemble(change: MarkedChange, rules: ObserveRules, record: MemberRecord): Observation {
  const { kennitala, after } = change;
  const memberRef = memberRefOf(rules.memberRefKey, kennitala);
  const revision = after?.revision ?? revisionOfRemoval(change);
  return {
    id: observationId({ side: "firestore", memberRef, revision }),
    side: "firestore",
    memberRef,
    kennitala,
    revision,
    life: lifeOf(after),
    record,
    ...(after?.created === undefined ? {} : { created: after.created }),
    changedAt: after === undefined ? Number(BigInt(revision) / 1_000_000n) : committedAt(after),
    actor: actorOf(change.actor, rules.memberRefKey),
    djangoId: djangoIdOf((after ?? change.before)?.data ?? {}),
    lineage: rules.lineage,
    ...ownTraces(kennitala, change),
  };
}

type Traces = Pick<Observation, "writeId" | "rejected" | "tampered" | "unmarked">;

/**
 * P1: a document that carries our write id also tells what was left out of that write, so that nobody has to guess. Where
 * the change itself took our mark away, it was made on the write that the mark names.
 */
function ownTraces(kennitala: string, { before, after }: MarkedChange): Traces {
  if (after === undefined) return { writeId: null };
  const { mark } = after.mark.kind !== "valid" && before?.mark.kind === "valid" ? before : after;
  const tampered = tamperedPaths(kennitala, after);
  return {
    ...(mark.kind === "valid" ? { writeId: mark.writeId, rejected: leftOutOf(mark.refused) } : { writeId: null }),
    ...(tampered.length === 0 ? {} : { tampered: [...tampered] }),
    ...(after.mark.kind === "none" && { unmarked: true }),
  };
}

/** The event's time may be cut to seconds; a removal is never older than what it removed. */
function revisionOfRemoval(change: MarkedChange): string {
  const eventTime = BigInt(change.eventTime);
  if (change.before === undefined) return String(eventTime);
  const least = BigInt(change.before.revision) + 1n;
  return String(eventTime > least ? eventTime : least);
}

function changedGroups(fieldMap: FieldMap, from: MemberRecord, to: MemberRecord): NonNullable<Observation["changed"]> {
  const groups = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const differing = groups.filter((group) => !sameValue(fieldMap, group, from[group], to[group]));
  return Object.fromEntries(
    differing.map((group) => [
      group,
      { ...(from[group] === undefined ? {} : { from: from[group] }), ...(to[group] === undefined ? {} : { to: to[group] }) },
    ]),
  );
}
