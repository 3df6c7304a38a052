import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { FieldMapStore } from "../../app/ports.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryFieldMapStore implements FieldMapStore {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async read(): Promise<ReadonlyMap<string, FieldMapSignature>> {
    return structuredClone(this.#state.fieldMaps);
  }

  async add(id: string, signature: FieldMapSignature): Promise<void> {
    this.#state.fieldMaps.set(id, structuredClone(signature));
  }
}
