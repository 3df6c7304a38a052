import { FieldValue, type DocumentData, type Firestore, type Timestamp } from "@google-cloud/firestore";
import { z } from "zod";
import type { Edit } from "../../world/edits.ts";

export const SYNC_QUEUE = "sync_queue";

const queued = z.object({
  kennitala: z.string(),
  django_id: z.number().nullish(),
  action: z.literal("update"),
  changes: z.record(z.string(), z.unknown()),
});
export type QueuedChange = z.infer<typeof queued> & { readonly queueId: string };

/** The queue entry that the portal writes beside its edit. */
export function queueEntry({ kennitala, email }: Edit): DocumentData {
  return {
    source: "firestore",
    target: "django",
    collection: "members",
    docId: kennitala,
    kennitala,
    django_id: null,
    action: "update",
    changes: { "profile.email": email },
    created_at: FieldValue.serverTimestamp(),
    synced_at: null,
    sync_status: "pending",
  };
}

export async function pendingFirestoreChanges(firestore: Firestore, since: Timestamp): Promise<readonly QueuedChange[]> {
  const found = await firestore
    .collection(SYNC_QUEUE)
    .where("source", "==", "firestore")
    .where("target", "==", "django")
    .where("sync_status", "==", "pending")
    .where("created_at", ">", since)
    .get();
  return found.docs.map((document) => ({ ...queued.parse(document.data()), queueId: document.id }));
}

/** Empties the queue after a round: the emulator reads a whole collection for each query, which the seed's Firestore did not. */
export async function emptyQueue(firestore: Firestore): Promise<void> {
  for (;;) {
    const found = await firestore.collection(SYNC_QUEUE).select().limit(500).get();
    if (found.empty) return;
    const batch = firestore.batch();
    for (const { ref } of found.docs) batch.delete(ref);
    await batch.commit();
  }
}
