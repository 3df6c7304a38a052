import type { Firestore } from "@google-cloud/firestore";
import type { Stores } from "../../app/ports.ts";
import { FirestoreConflictStore } from "./firestore-conflict-store.ts";
import { FirestoreControlStore } from "./firestore-control-store.ts";
import { FirestoreDeadLetterStore } from "./firestore-dead-letter-store.ts";
import { FirestoreFieldMapStore } from "./firestore-field-map-store.ts";
import { FirestoreHistoryStore } from "./firestore-history-store.ts";
import { FirestoreHubStore } from "./firestore-hub-store.ts";
import { FirestoreRunLog } from "./firestore-run-log.ts";

/** All stores on one Firestore; whoever opened it ends it. */
export function firestoreStores(firestore: Firestore): Stores {
  return {
    hubs: new FirestoreHubStore(firestore),
    conflicts: new FirestoreConflictStore(firestore),
    history: new FirestoreHistoryStore(firestore),
    deadLetters: new FirestoreDeadLetterStore(firestore),
    runs: new FirestoreRunLog(firestore),
    control: new FirestoreControlStore(firestore),
    fieldMaps: new FirestoreFieldMapStore(firestore),
  };
}
