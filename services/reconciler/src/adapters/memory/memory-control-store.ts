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

  async write(control: Control): Promise<void> {
    this.#state.control = structuredClone(control);
  }
}
