import type { Stores } from "../../app/ports.ts";
import { MemoryConflictStore } from "./memory-conflict-store.ts";
import { MemoryControlStore } from "./memory-control-store.ts";
import { MemoryDeadLetterStore } from "./memory-dead-letter-store.ts";
import { MemoryFieldMapStore } from "./memory-field-map-store.ts";
import { MemoryHistoryStore } from "./memory-history-store.ts";
import { MemoryHubStore, type CopyOf } from "./memory-hub-store.ts";
import { MemoryRunLog } from "./memory-run-log.ts";
import { createMemoryState, type MemoryState } from "./memory-state.ts";

/**
 * All stores in this process, empty where no state is given.
 *
 * @param copyOf who never changes what was loaded or committed may have hubs without the cost of copies
 */
export function memoryStores(state: MemoryState = createMemoryState(), copyOf: CopyOf = structuredClone): Stores {
  return {
    hubs: new MemoryHubStore(state, copyOf),
    conflicts: new MemoryConflictStore(state),
    history: new MemoryHistoryStore(state),
    deadLetters: new MemoryDeadLetterStore(state),
    runs: new MemoryRunLog(state),
    control: new MemoryControlStore(state),
    fieldMaps: new MemoryFieldMapStore(state),
  };
}
