import { isDeepStrictEqual } from "node:util";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { DocumentChange, DocumentData, DocumentWrite, FakeOutcome, Snapshot, Writer } from "./documents.ts";
import { valueAt, withoutPath, withPath } from "./paths.ts";

const MAX_DOCUMENT_BYTES = 1_048_576;
const MICROS_PER_MS = 1_000;
const APPLIER: Writer = { authType: "system", authId: null };

type ChangeListener = (change: DocumentChange) => void;

/** Receives each write of the sync before it is made, with the document before it. */
export type DocumentWatch = (write: DocumentWrite, before: Snapshot | undefined) => void;

interface FirestoreFlaws {
  /** It carries out every update, whatever the document's revision. */
  readonly comparesNothing?: boolean;
}

/**
 * The members' documents in memory, as Firestore behaves: update times in nanoseconds that only grow, by microseconds;
 * an event for each commit, with before and after; preconditions; creates that are carried out once by their name. A
 * write that changes nothing keeps the update time, and has its event all the same. Synchronous: one call is one moment.
 */
export class FakeFirestore {
  /** Deliberate faults, for tests that must notice them. */
  flaws: FirestoreFlaws = {};
  readonly #documents = new Map<string, Snapshot>();
  readonly #creates = new Map<string, Revision>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #clock: () => number;
  #micros = 0;
  #lineages = 1;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Identity of the database: another one is another history. */
  get lineage(): string {
    return `database-${this.#lineages}`;
  }

  renewLineage(): void {
    this.#lineages += 1;
  }

  /** Calls the listener for every later commit, in the order of the commits and before the write is answered. */
  onChange(listener: ChangeListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  get(id: string): Snapshot | undefined {
    return this.#documents.get(id);
  }

  /** The documents that exist, and the time of the read: later than every commit before, earlier than every one to come. */
  look(ids: readonly string[]): { readonly found: ReadonlyMap<string, Snapshot>; readonly readTime: Revision } {
    const found = new Map<string, Snapshot>();
    for (const id of ids) {
      const snapshot = this.#documents.get(id);
      if (snapshot !== undefined) found.set(id, snapshot);
    }
    return { found, readTime: this.#tick() };
  }

  /** The next documents by id. */
  page(after: string | null, limit: number): readonly (readonly [id: string, snapshot: Snapshot])[] {
    const sorted = [...this.#documents].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.filter(([id]) => after === null || id > after).slice(0, limit);
  }

  /** The revision that the create of this name gave to its document; `null` when it was never carried out. */
  createOf(once: string): Revision | null {
    return this.#creates.get(once) ?? null;
  }

  /** Tries each write by its own precondition; outcomes in the order of the writes. */
  apply(writes: readonly DocumentWrite[], watch: DocumentWatch = () => undefined): readonly FakeOutcome[] {
    return writes.map((write) => this.#applyOne(write, watch));
  }

  /**
   * Writes as a portal does. With `updateMask`, only these paths: one that `data` lacks is removed. Without, the whole
   * document. Creates what is not there.
   */
  patch(id: string, data: DocumentData, updateMask: readonly string[] | undefined, actor: Writer): Snapshot {
    const given = structuredClone(data);
    const before: DocumentData = this.#documents.get(id)?.data ?? {};
    const patched = (document: DocumentData, path: string) => {
      const value = valueAt(given, path);
      return value === undefined ? withoutPath(document, path) : withPath(document, path, value);
    };
    return this.#commit(id, updateMask === undefined ? given : updateMask.reduce(patched, before), actor);
  }

  /** Removes a document; `false` when there is none. */
  delete(id: string, actor: Writer): boolean {
    const before = this.#documents.get(id);
    if (before === undefined) return false;
    this.#documents.delete(id);
    this.#notify({ kennitala: id, before, eventTime: this.#tick(), actor });
    return true;
  }

  /** A backup of all documents. */
  export(): ReadonlyMap<string, Snapshot> {
    return new Map(this.#documents);
  }

  /** The documents of a backup come back, with new update times and without an event. The lineage stays until it is renewed. */
  restore(backup: ReadonlyMap<string, Snapshot>): void {
    this.#documents.clear();
    for (const [id, snapshot] of backup) this.#documents.set(id, { ...snapshot, revision: this.#tick() });
  }

  #applyOne(write: DocumentWrite, watch: DocumentWatch): FakeOutcome {
    const { kennitala: id, expectRevision, once, set, serverTime } = write;
    if (once !== undefined && this.#creates.has(once)) return { kind: "spent" };
    const before = this.#documents.get(id);
    const isMet = (before?.revision ?? null) === expectRevision;
    if (!isMet && (this.flaws.comparesNothing !== true || expectRevision === null)) return { kind: "unmet" };
    const now = new Date(Math.floor(this.#next() / MICROS_PER_MS));
    const values: readonly (readonly [string, unknown])[] = [...Object.entries(set), ...serverTime.map((path) => [path, now] as const)];
    const after = values.reduce<DocumentData>((data, [path, value]) => withPath(data, path, value), before?.data ?? {});
    if (Buffer.byteLength(JSON.stringify(after)) > MAX_DOCUMENT_BYTES) return { kind: "invalid", reason: "the document is too large" };
    watch(write, before);
    this.#commit(id, after, APPLIER, once);
    return { kind: "written" };
  }

  #commit(id: string, data: DocumentData, actor: Writer, once?: string): Snapshot {
    const before = this.#documents.get(id);
    const isUnchanged = before !== undefined && isDeepStrictEqual(before.data, data);
    const after = isUnchanged ? before : this.#stamped(data, before);
    this.#documents.set(id, after);
    if (once !== undefined) this.#creates.set(once, after.revision);
    this.#notify({ kennitala: id, ...(before !== undefined && { before }), after, eventTime: `${this.#micros}000`, actor });
    return after;
  }

  #stamped(data: DocumentData, before: Snapshot | undefined): Snapshot {
    const revision = this.#tick();
    return { data, revision, created: before?.created ?? revision };
  }

  #notify(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #next(): number {
    return Math.max(this.#micros + 1, Math.floor(this.#clock()) * MICROS_PER_MS);
  }

  #tick(): Revision {
    this.#micros = this.#next();
    return `${this.#micros}000`;
  }
}
