import type { Stores } from "../../app/ports.ts";
import { MemoryConflictStore } from "./memory-conflict-store.ts";
import { MemoryControlStore } from "./memory-control-store.ts";
import { MemoryDeadLetterStore } from "./memory-dead-letter-store.ts";
import { MemoryFieldMapStore } from "./memory-field-map-store.ts";
import { MemoryHistoryStore } from "./memory-history-store.ts";
import { MemoryHubStore } from "./memory-hub-store.ts";
import { MemoryRunLog } from "./memory-run-log.ts";
import { createMemoryState } from "./memory-state.ts";

/** All stores in this process, empty. */
export function memoryStores(): Stores {
  const state = createMemoryState();
  return {
    hubs: new MemoryHubStore(state),
    conflicts: new MemoryConflictStore(state),
    history: new MemoryHistoryStore(state),
    deadLetters: new MemoryDeadLetterStore(state),
    runs: new MemoryRunLog(state),
    control: new MemoryControlStore(state),
    fieldMaps: new MemoryFieldMapStore(state),
  };
}
