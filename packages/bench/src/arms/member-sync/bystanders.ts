import type { Firestore } from "@google-cloud/firestore";
import { chunksOf } from "@member-sync/shared/chunks.ts";

const BATCH = 500;

/** A member by the two names that a hub has for it. */
export interface Named {
  readonly kennitala: string;
  readonly memberRef: string;
}

/** Gives each member a hub that is a copy of another member's, with its own names in it: good enough for one that is never edited. */
export async function copyHubs(firestore: Firestore, from: Named, to: readonly Named[]): Promise<void> {
  const hubs = firestore.collection("sync_members");
  const template = JSON.stringify((await hubs.doc(from.memberRef).get()).data());
  for (const group of chunksOf(to, BATCH)) {
    const batch = firestore.batch();
    for (const { kennitala, memberRef } of group) {
      const copy = template.replaceAll(from.memberRef, memberRef).replaceAll(from.kennitala, kennitala);
      batch.set(hubs.doc(memberRef), JSON.parse(copy));
    }
    await batch.commit();
  }
}
