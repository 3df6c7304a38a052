import { randomUUID } from "node:crypto";
import type { DocumentData, DocumentReference, Timestamp, WriteBatch } from "@google-cloud/firestore";
import { invariant, SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import { updateTimeOf } from "./documents.ts";
import { getDocument, type StoredDocument } from "./get-document.ts";
import { isInDoubt } from "./grpc-codes.ts";

const ATTEMPTS = 20;

/** What to write in place of a document: all of its fields, and perhaps other documents in the same commit. */
interface Replacement {
  readonly fields: DocumentData;
  readonly along?: (batch: WriteBatch) => void;
}

/**
 * Replaces a document by what `change` makes of it, if nobody else wrote it meanwhile; else reads it again. A write of
 * ours whose answer was lost is known by its id, so that `change` takes effect once. No lock is held in between: one
 * left by a process that dies would stand for a minute.
 *
 * @param change may ask for nothing to be written by returning `null`
 * @returns when it was written; `null` when nothing was
 */
export async function replaceDocument(
  ref: DocumentReference,
  change: (stored: StoredDocument | undefined) => Replacement | null,
): Promise<Timestamp | null> {
  const writeId = randomUUID();
  let doubt: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await getDocument(ref);
    if (stored?.fields["writeId"] === writeId) return updateTimeOf(stored.token);
    const replacement = change(stored);
    if (replacement === null) return null;
    try {
      return await write(ref, stored, replacement, writeId);
    } catch (error) {
      if (!isInDoubt(error)) throw toSyncError(error);
      doubt = error;
    }
  }
  throw new SyncError("store_unavailable", { reason: "others kept writing the same document" }, { cause: doubt });
}

async function write(
  ref: DocumentReference,
  stored: StoredDocument | undefined,
  { fields, along }: Replacement,
  writeId: string,
): Promise<Timestamp> {
  const batch = ref.firestore.batch();
  const all = { ...fields, writeId };
  if (stored === undefined) batch.create(ref, all);
  else batch.update(ref, all, { lastUpdateTime: updateTimeOf(stored.token) });
  along?.(batch);
  const [result] = await batch.commit();
  invariant(result !== undefined, "a write that was committed has a time");
  return result.writeTime;
}
