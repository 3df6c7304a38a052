import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Refusal } from "@member-sync/shared/messages/observation.ts";
import { valueAt } from "./document-paths.ts";
import { PATHS } from "./member-document.ts";
import type { DocumentChange, DocumentData, Snapshot } from "./ports.ts";

/** A key derived for this one purpose, so that a member reference never doubles as a signature. */
const CONTEXT = "member-sync: signature of the mark in a member's document";
const MAX_WRITE_ID = 100;
const LEFT_OUT: Refusal = { code: "unmapped", message: "the tracker that wrote the document left it out" };

/** The key that marks are signed with. Whoever writes documents without it cannot make a mark that counts. */
export type MarkKey = KeyObject;

/** What a write of ours says of itself in the document. */
export interface MarkText {
  readonly writeId: string;
  /** The revision that the write went over; `null` for a create. */
  readonly revision: Revision | null;
  /** The groups that the write left out, as the document stores them; empty for none. */
  readonly refused: string;
}

/**
 * The mark that a document carries.
 * - `none`: there is none.
 * - `forged`: there is one that we did not sign for this document.
 * - `valid`: we signed it for this document; a client may still have put an old one back.
 */
export type OwnMark =
  | { readonly kind: "none" }
  | { readonly kind: "forged" }
  | { readonly kind: "valid"; readonly writeId: string; readonly revision: Revision | null; readonly refused: readonly string[] };

/** A document with its mark, which is read once: a signature costs more than the rest of a document's reading. */
export interface MarkedSnapshot extends Snapshot {
  readonly mark: OwnMark;
}

export interface MarkedChange extends DocumentChange {
  readonly before?: MarkedSnapshot;
  readonly after?: MarkedSnapshot;
}

/** Derives the key from the key of the member references. A key object signs about eight times as fast as the same bytes. */
export function markKeyOf(memberRefKey: string): MarkKey {
  return createSecretKey(createHmac("sha256", memberRefKey).update(CONTEXT).digest());
}

/** The signature that is stored with a mark. */
export function signMark(key: MarkKey, kennitala: string, { writeId, revision, refused }: MarkText): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([kennitala, writeId, revision, refused]))
    .digest("base64url");
}

/** Reads the marks of a change's documents. */
export function markedChange(key: MarkKey, change: DocumentChange): MarkedChange {
  const { before, after, ...rest } = change;
  return {
    ...rest,
    ...(before && { before: marked(key, change.kennitala, before) }),
    ...(after && { after: marked(key, change.kennitala, after) }),
  };
}

export function marked(key: MarkKey, kennitala: string, snapshot: Snapshot): MarkedSnapshot {
  return { ...snapshot, mark: readMark(key, kennitala, snapshot.data) };
}

/** Reads the mark that a document carries. An unsigned one counts as forged. */
function readMark(key: MarkKey, kennitala: string, data: DocumentData): OwnMark {
  if (valueAt(data, PATHS.sync) === undefined) return { kind: "none" };
  const writeId = valueAt(data, PATHS.writeId);
  const revision = valueAt(data, PATHS.syncRevision) ?? null;
  const isWellFormed = typeof writeId === "string" && writeId !== "" && writeId.length <= MAX_WRITE_ID;
  if (!isWellFormed || (typeof revision !== "string" && revision !== null)) return { kind: "forged" };
  const refused = refusedBy(data, writeId);
  if (!isEqual(valueAt(data, PATHS.syncSignature), signMark(key, kennitala, { writeId, revision, refused }))) return { kind: "forged" };
  return { kind: "valid", writeId, revision, refused: refused.split(" ").slice(1) };
}

/** The text that names the groups which a write leaves out: the write's id, then their names. */
export function refusedText(writeId: string, groups: readonly string[]): string {
  return groups.length === 0 ? "" : [writeId, ...groups].join(" ");
}

/**
 * What a mark says was not written. Whatever the reason was to the tracker that wrote, it is for the one that is asked to
 * write it now to say whether the value is wrong: another version has another field map.
 */
export function leftOutOf(groups: readonly string[]): Record<string, Refusal> {
  return Object.fromEntries(groups.map((group) => [group, LEFT_OUT]));
}

/** The text of an older write says nothing of this one: an update that leaves nothing out does not touch it. */
function refusedBy(data: DocumentData, writeId: string): string {
  const text = valueAt(data, PATHS.syncRefused);
  return typeof text === "string" && text.startsWith(`${writeId} `) ? text : "";
}

function isEqual(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || given.length !== expected.length) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
