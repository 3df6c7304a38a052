import { FieldValue, Timestamp, type Firestore } from "@google-cloud/firestore";
import type { DjangoClient } from "../django-client.ts";
import { pullToFirestore } from "./pull-to-firestore.ts";
import { pushToDjango } from "./push-to-django.ts";
import { pendingFirestoreChanges } from "./sync-queue.ts";

const DAY_MS = 86_400_000;

/**
 * The nightly job of the system that came before this one, line by line: everything that the portal queued goes to
 * Django, then everything that waits in Django's outbox goes to Firestore, one document at a time. It takes its own
 * writes to Django for edits by staff, and brings them back; so did the original.
 */
export async function bidirectionalSync(firestore: Firestore, django: DjangoClient): Promise<void> {
  const startedAt = new Date();
  const since = await lastSyncTime(firestore);
  const firestoreChanges = await pendingFirestoreChanges(firestore, since);
  const toDjango = await pushToDjango(firestore, django, firestoreChanges);
  const toFirestore = await pullToFirestore(firestore, django, since);
  await firestore.collection("sync_logs").add({
    type: "bidirectional_sync",
    stats: {
      started_at: startedAt.toISOString(),
      last_sync: since.toDate().toISOString(),
      firestore_to_django: toDjango,
      django_to_firestore: toFirestore,
      completed_at: new Date().toISOString(),
      status: "success",
    },
    created_at: FieldValue.serverTimestamp(),
  });
}

/** Of the last run that succeeded. The runs write their status elsewhere, so that it is always a day ago. */
async function lastSyncTime(firestore: Firestore): Promise<Timestamp> {
  const found = await firestore
    .collection("sync_logs")
    .where("type", "==", "bidirectional_sync")
    .where("status", "==", "success")
    .orderBy("completed_at", "desc")
    .limit(1)
    .get();
  const completedAt: unknown = found.docs[0]?.get("completed_at");
  return completedAt instanceof Timestamp ? completedAt : Timestamp.fromMillis(Date.now() - DAY_MS);
}
