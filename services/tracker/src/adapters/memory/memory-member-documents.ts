import { isDeepStrictEqual } from "node:util";
import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import { valueAt } from "../../app/document-paths.ts";
import type {
  DocumentChange,
  DocumentData,
  DocumentsRead,
  DocumentWrite,
  MemberDocuments,
  Snapshot,
  Writer,
  WriteOutcome,
} from "../../app/ports.ts";
import { withoutPath, withPath } from "./paths.ts";

const MAX_DOCUMENT_BYTES = 1_048_576;
const MICROSECOND = 1_000n;
const NANOS_PER_MS = 1_000_000n;
const APPLIER: Writer = { authType: "system", authId: null };

export type ChangeListener = (change: DocumentChange) => void;

/**
 * The members' documents in this process, for trying out and for tests. Like Firestore, every commit has an update
 * time of its own and is told to whoever listens, with before and after; a write that changes nothing keeps the
 * update time and is told too.
 */
export class MemoryMemberDocuments implements MemberDocuments {
  readonly #documents = new Map<string, Snapshot>();
  readonly #creates = new Map<string, Revision>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #clock: Clock;
  #latest = 0n;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Tells every commit from now on, in the order of the commits and before the write is answered. */
  onChange(listener: ChangeListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async write(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    return writes.map((write) => this.#apply(write));
  }

  async read(kennitalas: readonly string[]): Promise<DocumentsRead> {
    const found = kennitalas.flatMap((id) => {
      const snapshot = this.#documents.get(id);
      return snapshot === undefined ? [] : [[id, snapshot] as const];
    });
    return { found: new Map(found), readTime: String(this.#tick()) };
  }

  async createdAt(once: string): Promise<Revision | null> {
    return this.#creates.get(once) ?? null;
  }

  async list(after: string | null, limit: number): Promise<readonly (readonly [string, Snapshot])[]> {
    const sorted = [...this.#documents].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.filter(([id]) => after === null || id > after).slice(0, limit);
  }

  get(id: string): Snapshot | undefined {
    return this.#documents.get(id);
  }

  /**
   * Writes as a portal does. With `updateMask`, only these paths: one that `data` lacks is removed. Without, the
   * whole document. Creates what is not there.
   */
  patch(id: string, data: DocumentData, updateMask: readonly string[] | undefined, actor: Writer): Snapshot {
    const given = structuredClone(data);
    const before: DocumentData = this.#documents.get(id)?.data ?? {};
    const after =
      updateMask === undefined
        ? given
        : updateMask.reduce((document, path) => {
            const value = valueAt(given, path);
            return value === undefined ? withoutPath(document, path) : withPath(document, path, value);
          }, before);
    return this.#commit(id, after, actor);
  }

  /** Removes a document; `false` when there is none. */
  delete(id: string, actor: Writer): boolean {
    const before = this.#documents.get(id);
    if (before === undefined) return false;
    this.#documents.delete(id);
    this.#tell({ kennitala: id, before, eventTime: String(this.#tick()), actor });
    return true;
  }

  #apply({ kennitala, expectRevision, once, set, serverTime }: DocumentWrite): WriteOutcome {
    const before = this.#documents.get(kennitala);
    if (once !== undefined && this.#creates.has(once)) return { kind: "spent" };
    if ((before?.revision ?? null) !== expectRevision) return { kind: "unmet" };
    const now = new Date(Number(this.#next() / NANOS_PER_MS));
    const values: readonly (readonly [string, unknown])[] = [...Object.entries(set), ...serverTime.map((path) => [path, now] as const)];
    const after = values.reduce<DocumentData>((data, [path, value]) => withPath(data, path, value), before?.data ?? {});
    if (Buffer.byteLength(JSON.stringify(after)) > MAX_DOCUMENT_BYTES) return { kind: "invalid", reason: "the document is too large" };
    this.#commit(kennitala, after, APPLIER, once);
    return { kind: "written" };
  }

  #commit(id: string, data: DocumentData, actor: Writer, once?: string): Snapshot {
    const before = this.#documents.get(id);
    const isUnchanged = before !== undefined && isDeepStrictEqual(before.data, data);
    const after = isUnchanged ? before : this.#stamped(data, before);
    this.#documents.set(id, after);
    if (once !== undefined) this.#creates.set(once, after.revision);
    this.#tell({ kennitala: id, ...(before === undefined ? {} : { before }), after, eventTime: String(this.#latest), actor });
    return after;
  }

  #stamped(data: DocumentData, before: Snapshot | undefined): Snapshot {
    const revision = String(this.#tick());
    return { data, revision, created: before?.created ?? revision };
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #next(): bigint {
    const now = BigInt(this.#clock()) * NANOS_PER_MS;
    return now > this.#latest ? now : this.#latest + MICROSECOND;
  }

  #tick(): bigint {
    this.#latest = this.#next();
    return this.#latest;
  }
}
