import { FieldValue, type Firestore } from "@google-cloud/firestore";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { ApplyResult, DjangoClient, SeedChange } from "../django-client.ts";
import { SYNC_QUEUE, type QueuedChange } from "./sync-queue.ts";

/** The seed sent all in one request; the Django here takes no more than this many. */
const MOST_AT_ONCE = 500;

export interface Tally {
  readonly success: number;
  readonly failed: number;
}

export async function pushToDjango(firestore: Firestore, django: DjangoClient, changes: readonly QueuedChange[]): Promise<Tally> {
  const payload = groupByKennitala(changes);
  const results: ApplyResult[] = [];
  for (const group of chunksOf(payload, MOST_AT_ONCE)) results.push(...(await django.apply(group)));
  const synced: string[] = [];
  const failed: string[] = [];
  results.forEach(({ status }, at) => {
    const queueId = changes[at]?.queueId;
    if (queueId !== undefined) (status === "success" ? synced : failed).push(queueId);
  });
  for (const queueId of synced) {
    await firestore.collection(SYNC_QUEUE).doc(queueId).update({ synced_at: FieldValue.serverTimestamp(), sync_status: "synced" });
  }
  for (const queueId of failed) {
    await firestore.collection(SYNC_QUEUE).doc(queueId).update({ sync_status: "failed", error_message: "Django sync failed" });
  }
  return { success: synced.length, failed: failed.length };
}

function groupByKennitala(changes: readonly QueuedChange[]): readonly SeedChange[] {
  const grouped = new Map<string, SeedChange>();
  for (const { kennitala, django_id, action, changes: values } of changes) {
    const before = grouped.get(kennitala);
    grouped.set(kennitala, { kennitala, django_id: django_id ?? null, action, changes: { ...before?.changes, ...values } });
  }
  return [...grouped.values()];
}
