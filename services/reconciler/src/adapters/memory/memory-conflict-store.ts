import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { ConflictStore, Page } from "../../app/ports.ts";
import type { Conflict } from "../../core/conflict.ts";
import { pageOf } from "./memory-page.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryConflictStore implements ConflictStore {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async get(id: string): Promise<Conflict | undefined> {
    return structuredClone(this.#state.conflicts.get(id));
  }

  async list(
    filter: { readonly state: Conflict["state"] | "all"; readonly memberRef?: MemberRef },
    cursor: string | null,
    limit: number,
  ): Promise<Page<Conflict>> {
    const matching = [...this.#state.conflicts.values()].filter(
      (conflict) =>
        (filter.state === "all" || conflict.state === filter.state) &&
        (filter.memberRef === undefined || conflict.memberRef === filter.memberRef),
    );
    return pageOf(matching, (conflict) => ({ at: conflict.openedAt, id: conflict.id }), cursor, limit);
  }

  async countOpen(): Promise<number> {
    return [...this.#state.conflicts.values()].filter((conflict) => conflict.state === "open").length;
  }
}
