import { randomUUID } from "node:crypto";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { vi } from "vitest";
import type { ConflictStore, ControlStore, DeadLetterStore, HistoryStore, HubStore, RunLog } from "../../app/ports.ts";
import { FirestoreConflictStore } from "../firestore/firestore-conflict-store.ts";
import { FirestoreControlStore } from "../firestore/firestore-control-store.ts";
import { FirestoreDeadLetterStore } from "../firestore/firestore-dead-letter-store.ts";
import { FirestoreHistoryStore } from "../firestore/firestore-history-store.ts";
import { FirestoreHubStore } from "../firestore/firestore-hub-store.ts";
import { FirestoreRunLog } from "../firestore/firestore-run-log.ts";
import { MemoryConflictStore } from "../memory/memory-conflict-store.ts";
import { MemoryControlStore } from "../memory/memory-control-store.ts";
import { MemoryDeadLetterStore } from "../memory/memory-dead-letter-store.ts";
import { MemoryHistoryStore } from "../memory/memory-history-store.ts";
import { MemoryHubStore } from "../memory/memory-hub-store.ts";
import { MemoryRunLog } from "../memory/memory-run-log.ts";
import { createMemoryState } from "../memory/memory-state.ts";

/** One implementation of every port, empty when opened. */
export interface Stores extends AsyncDisposable {
  readonly hubs: HubStore;
  readonly conflicts: ConflictStore;
  readonly history: HistoryStore;
  readonly deadLetters: DeadLetterStore;
  readonly runs: RunLog;
  readonly control: ControlStore;
}

interface Backend {
  readonly name: string;
  readonly open: () => Promise<Stores>;
}

const memory: Backend = {
  name: "memory",
  async open() {
    const state = createMemoryState();
    return {
      hubs: new MemoryHubStore(state),
      conflicts: new MemoryConflictStore(state),
      history: new MemoryHistoryStore(state),
      deadLetters: new MemoryDeadLetterStore(state),
      runs: new MemoryRunLog(state),
      control: new MemoryControlStore(state),
      async [Symbol.asyncDispose]() {},
    };
  },
};

/** A project of its own for each suite: the emulator keeps projects apart. */
function firestoreAt(emulatorHost: string): Backend {
  return {
    name: "Firestore",
    async open() {
      const firestore = createFirestore({ projectId: `contract-${randomUUID()}`, emulatorHost });
      return {
        hubs: new FirestoreHubStore(firestore),
        conflicts: new FirestoreConflictStore(firestore),
        history: new FirestoreHistoryStore(firestore),
        deadLetters: new FirestoreDeadLetterStore(firestore),
        runs: new FirestoreRunLog(firestore),
        control: new FirestoreControlStore(firestore),
        async [Symbol.asyncDispose]() {
          await firestore.terminate();
        },
      };
    },
  };
}

const emulatorHost = process.env["FIRESTORE_EMULATOR_HOST"];
if (emulatorHost === undefined) console.info("contract suites run on memory only: FIRESTORE_EMULATOR_HOST is not set");

// An emulator shares its machine with whatever else runs there.
if (emulatorHost !== undefined) vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Memory always; Firestore where an emulator is named. */
export const backends: readonly Backend[] = emulatorHost === undefined ? [memory] : [memory, firestoreAt(emulatorHost)];
