import type { DocumentData, DocumentReference, Firestore, Timestamp } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { z } from "zod";
import type { Control, ControlStore } from "../../app/ports.ts";
import { CONTROL_DEFAULT } from "../control-default.ts";
import { replaceDocument } from "./conditional-write.ts";
import { FORMAT } from "./documents.ts";
import { getDocument } from "./get-document.ts";
import { COLLECTIONS } from "./queries.ts";

const side = z.enum(SIDES);
const lineage = z.string();
const suspicion = z.object({ side, from: lineage.nullable(), to: z.array(lineage), since: z.number() });
const restore = z.object({
  side,
  lineage: lineage.nullable(),
  ended: z.array(lineage),
  confirmedAt: z.number(),
  reason: z.string(),
  actor: z.string().nullable(),
});

const storedControl = z.object({
  paused: z.boolean(),
  direction: z.enum(["both", "to-firestore", "to-django", "none"]),
  reason: z.string().nullable(),
  changedAt: z.number().nullable(),
  // Absent in what earlier versions wrote.
  suspicions: z.array(suspicion).default([]),
  restores: z.array(restore).default([]),
});

export function controlRef(firestore: Firestore): DocumentReference {
  return firestore.collection(COLLECTIONS.control).doc("current");
}

/** What a stored control says, `undefined` where it cannot be understood; the default where there is none. */
export function controlIn(fields: DocumentData | undefined): Control | undefined {
  return fields === undefined ? CONTROL_DEFAULT : storedControl.safeParse(fields).data;
}

/** @returns what stands now, and when it was written; `null` when it was not */
export async function replaceControl(
  ref: DocumentReference,
  change: (stored: Control) => Control | null,
): Promise<{ readonly control: Control; readonly writtenAt: Timestamp | null }> {
  let control = CONTROL_DEFAULT;
  const writtenAt = await replaceDocument(ref, (stored) => {
    const before = readableControl(stored?.fields);
    const after = change(before);
    control = after ?? before;
    return after === null ? null : { fields: { ...after, format: FORMAT } };
  });
  return { control, writtenAt };
}

/** A control that cannot be read must not be taken for an open one. */
function readableControl(fields: DocumentData | undefined): Control {
  const control = controlIn(fields);
  invariant(control !== undefined, "the stored control is readable");
  return control;
}

/** Pause, direction and restores in `sync_control/current`. */
export class FirestoreControlStore implements ControlStore {
  readonly #ref: DocumentReference;

  constructor(firestore: Firestore) {
    this.#ref = controlRef(firestore);
  }

  async read(): Promise<Control> {
    const document = await getDocument(this.#ref);
    return readableControl(document?.fields);
  }

  async update(change: (stored: Control) => Control | null): Promise<Control> {
    return (await replaceControl(this.#ref, change)).control;
  }
}
