import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { CommitOutcome, HubCommit, HubPage, HubStore, Page, StoredHub } from "../../app/ports.ts";
import type { Hub, Instant } from "../../core/hub.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { inFlightAt, isDue, isWaiting } from "../../core/hub-index.ts";
import type { MemoryState, StoredHistory } from "./memory-state.ts";

/** How what is stored is kept apart from what callers hold. */
export type CopyOf = <T>(value: T) => T;

/** Hubs in this process: the store of tests, simulation and the embedded backend. */
export class MemoryHubStore implements HubStore {
  readonly #state: MemoryState;
  readonly #copyOf: CopyOf;
  #commits = 0;

  constructor(state: MemoryState, copyOf: CopyOf) {
    this.#state = state;
    this.#copyOf = copyOf;
  }

  async load(memberRefs: readonly MemberRef[]): Promise<ReadonlyMap<MemberRef, StoredHub>> {
    const found = new Map<MemberRef, StoredHub>();
    for (const memberRef of memberRefs) {
      const stored = this.#state.hubs.get(memberRef);
      if (stored !== undefined) found.set(memberRef, this.#copyOf(stored));
    }
    return found;
  }

  async commit(entries: readonly HubCommit[]): Promise<readonly CommitOutcome[]> {
    return entries.map((entry) => this.#commitOne(this.#copyOf(entry)));
  }

  async inFlightSince(before: Instant, cursor: string | null, limit: number): Promise<Page<MemberRef>> {
    const after = cursor === null ? undefined : decodeCursor(cursor);
    const found = [...this.#state.hubs.values()]
      .flatMap(({ hub }) => {
        const at = inFlightAt(hub);
        return at !== undefined && at < before ? [{ at, id: hub.memberRef }] : [];
      })
      .filter(({ at, id }) => after === undefined || at > after.at || (at === after.at && id > after.id))
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last) : null;
    return { items: shown.map(({ id }) => id), next };
  }

  async waiting(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]> {
    return this.#references(isWaiting, after, limit);
  }

  async due(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]> {
    return this.#references(isDue, after, limit);
  }

  async all(after: MemberRef | null, limit: number): Promise<HubPage> {
    const refs = this.#references(() => true, after, limit);
    const hubs = [...(await this.load(refs)).values()].map(({ hub }) => hub);
    return { hubs, unreadable: [], next: refs.length < limit ? null : (refs.at(-1) ?? null) };
  }

  #commitOne(entry: HubCommit): CommitOutcome {
    const { hub } = entry;
    const stored = this.#state.hubs.get(hub.memberRef);
    if ((stored?.token ?? null) !== entry.token) return { kind: "outdated" };
    this.#commits += 1;
    const token = String(this.#commits);
    this.#state.hubs.set(hub.memberRef, { hub, token });
    for (const conflict of entry.conflicts) this.#state.conflicts.set(conflict.id, conflict);
    const timeline = this.#state.history.get(hub.memberRef) ?? new Map<string, StoredHistory>();
    for (const record of entry.history) timeline.set(record.id, { rev: hub.rev, record });
    this.#state.history.set(hub.memberRef, timeline);
    return { kind: "committed", token };
  }

  #references(holds: (hub: Hub) => boolean, after: MemberRef | null, limit: number): readonly MemberRef[] {
    return [...this.#state.hubs.values()]
      .filter(({ hub }) => (after === null || hub.memberRef > after) && holds(hub))
      .map(({ hub }) => hub.memberRef)
      .toSorted()
      .slice(0, limit);
  }
}
