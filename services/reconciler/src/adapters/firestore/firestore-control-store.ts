import type { DocumentData, DocumentReference, Firestore, Timestamp } from "@google-cloud/firestore";
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

export function controlRef(firestore: Firestore): DocumentReference {
  return firestore.collection(COLLECTIONS.control).doc("current");
}

/** What a stored control says, `undefined` where it cannot be understood; the default where there is none. */
export function controlIn(fields: DocumentData | undefined): Control | undefined {
  return fields === undefined ? CONTROL_DEFAULT : storedControl.safeParse(fields).data;
}

/** @returns when it was written */
export async function writeControl(ref: DocumentReference, control: Control): Promise<Timestamp> {
  try {
    return (await ref.set({ ...control, format: FORMAT })).writeTime;
  } catch (error) {
    throw toSyncError(error);
  }
}

/** Pause and direction in `sync_control/current`. */
export class FirestoreControlStore implements ControlStore {
  readonly #ref: DocumentReference;

  constructor(firestore: Firestore) {
    this.#ref = controlRef(firestore);
  }

  async read(): Promise<Control> {
    const document = await getDocument(this.#ref);
    const control = controlIn(document?.fields);
    // A control that cannot be read must not be taken for an open one.
    invariant(control !== undefined, "the stored control is readable");
    return control;
  }

  async write(control: Control): Promise<void> {
    await writeControl(this.#ref, control);
  }
}
