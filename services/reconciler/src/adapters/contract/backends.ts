import { randomUUID } from "node:crypto";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { vi } from "vitest";
import type { Stores as AllStores } from "../../app/ports.ts";
import { firestoreStores } from "../firestore/firestore-stores.ts";
import { memoryStores } from "../memory/memory-stores.ts";

/** One implementation of every port, empty when opened. */
export type Stores = AllStores & AsyncDisposable;

interface Backend {
  readonly name: string;
  readonly open: () => Promise<Stores>;
}

const memory: Backend = {
  name: "memory",
  async open() {
    return { ...memoryStores(), async [Symbol.asyncDispose]() {} };
  },
};

/** A project of its own for each suite: the emulator keeps projects apart. */
function firestoreAt(emulatorHost: string): Backend {
  return {
    name: "Firestore",
    async open() {
      const firestore = createFirestore({ projectId: `contract-${randomUUID()}`, emulatorHost });
      return {
        ...firestoreStores(firestore),
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
