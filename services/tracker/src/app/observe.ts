import { UNREADABLE } from "@member-sync/shared/member/codecs.ts";
import { flagsOf, groupOfPath, sameValue, toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { observationId, type Answer, type Observation } from "@member-sync/shared/messages/observation.ts";
import { actorOf } from "./actor.ts";
import { changedPaths, exceedsFields, valueAt } from "./document-paths.ts";
import { committedAt, djangoIdOf, isOwnWrite, lifeOf, PATHS, writeIdOf, refusedOf } from "./member-document.ts";
import type { DocumentChange, Snapshot, Writer } from "./ports.ts";

/** What decides how a document is read. */
export interface ObserveRules {
  readonly fieldMap: FieldMap;
  readonly notSteerable: readonly string[];
  readonly memberRefKey: string;
}

/** What a change of a document means to the sync. */
export type Observed =
  | { readonly kind: "observation"; readonly observation: Observation }
  | { readonly kind: "own-write" }
  | { readonly kind: "no-op" }
  | { readonly kind: "no-member"; readonly reason: string }
  | { readonly kind: "oversized"; readonly reason: string };

const LEFT_OUT = { code: "invalid", message: "the tracker could not write it into the document" } as const;
const NOBODY: Writer = { authType: null, authId: null };
const MAX_FIELDS = 5_000;
const MAX_PATHS = 100;
const MAX_PATH_LENGTH = 200;

/** Reads one change. Pure and total; equal deliveries of one commit give equal observations. */
export function observe(change: DocumentChange, rules: ObserveRules): Observed {
  const member = memberIdOf(change.kennitala);
  if (!member.ok) return { kind: "no-member", reason: member.reason };
  const { before, after } = change;
  if (exceedsFields(after?.data ?? {}, MAX_FIELDS)) return { kind: "oversized", reason: `over ${MAX_FIELDS} fields` };
  if (after !== undefined && isOwnWrite(before, after))
    return before === undefined ? ownCreate(change, after, rules) : { kind: "own-write" };
  const paths = before === undefined || after === undefined ? [] : changedPaths(before.data, after.data);
  if (before !== undefined && after !== undefined && paths.length === 0) return { kind: "no-op" };
  const record = after === undefined ? {} : recordAfter(rules.fieldMap, before, after);
  const changed = changedGroups(rules.fieldMap, before === undefined ? {} : toRecord(rules.fieldMap, before.data), record);
  const observation = assemble(change, rules, record);
  return { kind: "observation", observation: { ...observation, changed, ...steering(change, paths, rules) } };
}

/** What a document holds now, told by a read and not by a change: nobody is named as its editor. */
export function observeStanding(kennitala: string, snapshot: Snapshot, rules: ObserveRules): Observed {
  const member = memberIdOf(kennitala);
  if (!member.ok) return { kind: "no-member", reason: member.reason };
  const record = toRecord(rules.fieldMap, snapshot.data);
  return {
    kind: "observation",
    observation: assemble({ kennitala, after: snapshot, eventTime: snapshot.revision, actor: NOBODY }, rules, record),
  };
}

/** What a document holds now, as the answer to a command: `undefined` stands for no document. */
export function observeAnswer(
  kennitala: string,
  snapshot: Snapshot | undefined,
  readTime: string,
  answer: Answer,
  rules: ObserveRules,
): Observation {
  const change = { kennitala, eventTime: readTime, actor: NOBODY, ...(snapshot === undefined ? {} : { after: snapshot }) };
  return { ...assemble(change, rules, snapshot === undefined ? {} : toRecord(rules.fieldMap, snapshot.data)), answer };
}

/**
 * P8: a create of ours may land when nobody waits for its answer any more (its message came twice, was acknowledged as
 * `stale` once, and the second one's applier died), so its event answers for it as well. An update needs no such care:
 * one that may still land is in flight in the hub, and is sent again until it is answered.
 */
function ownCreate({ kennitala }: DocumentChange, after: Snapshot, rules: ObserveRules): Observed {
  const answer: Answer = { writeId: writeIdOf(after.data) ?? "", status: "applied" };
  return { kind: "observation", observation: observeAnswer(kennitala, after, after.revision, answer, rules) };
}

/** The id must be the kennitala as it is stored; a dash would make it a second document of the same person. */
function memberIdOf(id: string): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const parsed = parseKennitala(id);
  if (!parsed.ok) return parsed;
  return parsed.kennitala === id ? { ok: true } : { ok: false, reason: "the document's id is not the ten digits alone" };
}

function assemble(change: DocumentChange, rules: ObserveRules, record: MemberRecord): Observation {
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
    ...lastWriteOf(after),
  };
}

/** P1: a document that carries our write id also tells what was left out of that write, so that nobody has to guess. */
function lastWriteOf(after: Snapshot | undefined): Pick<Observation, "writeId" | "rejected"> {
  const writeId = after === undefined ? null : writeIdOf(after.data);
  if (after === undefined || writeId === null) return { writeId: null };
  return { writeId, rejected: Object.fromEntries(refusedOf(after.data, writeId).map((group) => [group, LEFT_OUT])) };
}

/** The event's time may be cut to seconds; a removal is never older than what it removed. */
function revisionOfRemoval(change: DocumentChange): string {
  const eventTime = BigInt(change.eventTime);
  if (change.before === undefined) return String(eventTime);
  const least = BigInt(change.before.revision) + 1n;
  return String(eventTime > least ? eventTime : least);
}

/** A mapped group that was there and is gone was cleared; one that cannot be read clears nothing. */
function recordAfter(fieldMap: FieldMap, before: Snapshot | undefined, after: Snapshot): MemberRecord {
  const now = toRecord(fieldMap, after.data);
  if (before === undefined) return now;
  const unreadable = flagsOf(fieldMap, after.data);
  const isUnreadable = (group: string) =>
    Object.values(fieldMap.groups[group]?.fields ?? {}).some(({ path }) => unreadable[path] === UNREADABLE);
  const gone = Object.keys(toRecord(fieldMap, before.data)).filter((group) => !Object.hasOwn(now, group) && !isUnreadable(group));
  return { ...now, ...Object.fromEntries(gone.map((group) => [group, null])) };
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

function steering(change: DocumentChange, paths: readonly string[], rules: ObserveRules) {
  const isRefused = (path: string) => rules.notSteerable.some((root) => path === root || path.startsWith(`${root}.`));
  const refused = paths.filter(isRefused);
  if (claimsOtherKennitala(change)) refused.push(PATHS.kennitala);
  refused.push(...unreadablePaths(change, paths, rules.fieldMap));
  const unmapped = paths.filter((path) => !isRefused(path) && !isMapped(rules.fieldMap, path));
  return {
    ...(refused.length === 0 ? {} : { refused: bounded(refused) }),
    ...(unmapped.length === 0 ? {} : { unmapped: bounded(unmapped) }),
  };
}

/** Mapped paths that were given something no value of the field can be, such as a list: told, not taken. */
function unreadablePaths({ before, after }: DocumentChange, changed: readonly string[], fieldMap: FieldMap): readonly string[] {
  const unreadable = Object.entries(flagsOf(fieldMap, after?.data)).flatMap(([path, flag]) => (flag === UNREADABLE ? [path] : []));
  if (before === undefined) return unreadable;
  const isWithin = (a: string, b: string) => a === b || a.startsWith(`${b}.`);
  return unreadable.filter((path) => changed.some((candidate) => isWithin(candidate, path) || isWithin(path, candidate)));
}

/** A path above a mapped one counts: the map was replaced by something else, or the other way round. */
function isMapped(fieldMap: FieldMap, path: string): boolean {
  if (groupOfPath(fieldMap, path) !== undefined) return true;
  return Object.values(fieldMap.groups).some((group) =>
    Object.values(group.fields).some((field) => field.path.startsWith(`${path}.`) || path.startsWith(`${field.path}.`)),
  );
}

/** A document that appears under one kennitala and claims another. */
function claimsOtherKennitala(change: DocumentChange): boolean {
  if (change.before !== undefined || change.after === undefined) return false;
  const claimed = valueAt(change.after.data, PATHS.kennitala) ?? null;
  const parsed = parseKennitala(claimed);
  return claimed !== null && !(parsed.ok && parsed.kennitala === change.kennitala);
}

function bounded(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.slice(0, MAX_PATH_LENGTH)))].slice(0, MAX_PATHS);
}
