import type { DocumentData, DocumentReference } from "@google-cloud/firestore";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import { tokenOf } from "./documents.ts";

/** A document as it stands, with the token that a conditional write of it must still find. */
export interface StoredDocument {
  readonly fields: DocumentData;
  readonly token: string;
}

export async function getDocument(ref: DocumentReference): Promise<StoredDocument | undefined> {
  try {
    const snapshot = await ref.get();
    const fields = snapshot.data();
    return fields === undefined ? undefined : { fields, token: tokenOf(snapshot.updateTime) };
  } catch (error) {
    throw toSyncError(error);
  }
}
