import type { DocumentReference, Firestore } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import { z } from "zod";
import type { FieldMapStore } from "../../app/ports.ts";
import { FORMAT } from "./documents.ts";
import { getDocument } from "./get-document.ts";
import { COLLECTIONS } from "./queries.ts";

const storedMaps = z.record(z.string(), z.string().transform(signatureIn));

/** Field maps in `sync_control/field-maps`: one field for each, its signature as JSON text. */
export class FirestoreFieldMapStore implements FieldMapStore {
  readonly #ref: DocumentReference;

  constructor(firestore: Firestore) {
    this.#ref = firestore.collection(COLLECTIONS.control).doc("field-maps");
  }

  async read(): Promise<ReadonlyMap<string, FieldMapSignature>> {
    const document = await getDocument(this.#ref);
    const stored = storedMaps.safeParse(document?.fields["maps"] ?? {});
    invariant(stored.success, "the stored field maps are readable");
    return new Map(Object.entries(stored.data));
  }

  async add(id: string, signature: FieldMapSignature): Promise<void> {
    try {
      // Merged by the server: two instances that add at once both stay.
      await this.#ref.set({ format: FORMAT, maps: { [id]: JSON.stringify(signature) } }, { merge: true });
    } catch (error) {
      throw toSyncError(error);
    }
  }
}

function signatureIn(text: string): FieldMapSignature {
  return z.record(z.string(), z.string()).parse(JSON.parse(text));
}
