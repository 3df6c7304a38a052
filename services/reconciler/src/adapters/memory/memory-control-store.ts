import type { Control, ControlStore } from "../../app/ports.ts";
import { CONTROL_DEFAULT } from "../control-default.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryControlStore implements ControlStore {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async read(): Promise<Control> {
    return structuredClone(this.#state.control ?? CONTROL_DEFAULT);
  }

  async update(change: (stored: Control) => Control | null): Promise<Control> {
    const changed = change(structuredClone(this.#state.control ?? CONTROL_DEFAULT));
    if (changed !== null) this.#state.control = structuredClone(changed);
    return this.read();
  }
}
