import type { DocumentReference, Firestore } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import { z } from "zod";
import type { Control, ControlStore } from "../../app/ports.ts";
import { CONTROL_DEFAULT } from "../control-default.ts";
import { FORMAT } from "./documents.ts";
import { getDocument } from "./get-document.ts";
import { COLLECTIONS } from "./queries.ts";

const storedControl = z.object({
  paused: z.boolean(),
  direction: z.enum(["both", "to-firestore", "to-django", "none"]),
  reason: z.string().nullable(),
  changedAt: z.number().nullable(),
});

/** Pause and direction in `sync_control/current`. */
export class FirestoreControlStore implements ControlStore {
  readonly #ref: DocumentReference;

  constructor(firestore: Firestore) {
    this.#ref = firestore.collection(COLLECTIONS.control).doc("current");
  }

  async read(): Promise<Control> {
    const document = await getDocument(this.#ref);
    if (document === undefined) return CONTROL_DEFAULT;
    const parsed = storedControl.safeParse(document.fields);
    // A control that cannot be read must not be taken for an open one.
    invariant(parsed.success, "the stored control is readable");
    return parsed.data;
  }

  async write(control: Control): Promise<void> {
    try {
      await this.#ref.set({ ...control, format: FORMAT });
    } catch (error) {
      throw toSyncError(error);
    }
  }
}
