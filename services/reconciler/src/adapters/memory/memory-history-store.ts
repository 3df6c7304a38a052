import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { HistoryStore, Page } from "../../app/ports.ts";
import type { HistoryRecord } from "../../core/history.ts";
import { pageOf } from "./memory-page.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryHistoryStore implements HistoryStore {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async timeline(memberRef: MemberRef, cursor: string | null, limit: number): Promise<Page<HistoryRecord>> {
    const stored = this.#state.history.get(memberRef)?.values() ?? [];
    const page = pageOf(stored, ({ rev, record }) => ({ at: rev, id: record.id }), cursor, limit);
    return { items: page.items.map(({ record }) => record), next: page.next };
  }
}
