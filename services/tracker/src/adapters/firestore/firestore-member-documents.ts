import { setTimeout as delay } from "node:timers/promises";
import {
  FieldPath,
  FieldValue,
  Timestamp,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type WriteBatch,
} from "@google-cloud/firestore";
import { grpcCode, isPrecondition, toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { DocumentData, DocumentsRead, DocumentWrite, MemberDocuments, Snapshot, WriteOutcome } from "../../app/ports.ts";
import { fromFirestore, toRevision, toTimestamp } from "./from-firestore.ts";
import { nested } from "./nested.ts";
import { ABORTED, isTaken, mayBeOneWrite, outcomeOf } from "./write-errors.ts";

const COLLECTION = "members";
/** One document for each create of ours that was carried out, by its write id: Firestore keeps no tombstones. */
const CREATES = "sync_creates";
/** Firestore's limit for one batch, in which a create takes two. */
const MAX_WRITES = 500;
/** More single calls at once gain nothing. */
const CONCURRENCY = 64;
/** Of a write that met contention; redelivery is the real retry. */
const RETRIES = 2;
const RETRY_MS = 50;

/** The members' documents in Firestore. */
export class FirestoreMemberDocuments implements MemberDocuments {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /** One batch for all, which is thirty times faster; where that fails for what is in it, the rest in one more. */
  async write(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    if (writes.length < 2) return this.#writeEach(writes);
    if (writes.length + writes.filter(({ once }) => once !== undefined).length > MAX_WRITES) return this.#writeHalves(writes);
    try {
      return await this.#writeTogether(writes);
    } catch (error) {
      if (isPrecondition(error)) return this.#writeStanding(writes);
      if (isClientsRefusal(error) || mayBeOneWrite(error)) return this.#writeEach(writes);
      return writes.map(() => ({ kind: "unsure", error: toSyncError(error) }));
    }
  }

  async read(kennitalas: readonly string[]): Promise<DocumentsRead> {
    if (kennitalas.length === 0) return { found: new Map(), readTime: "0" };
    try {
      const snapshots = await this.#firestore.getAll(...kennitalas.map((id) => this.#reference(id)));
      const readTime = snapshots.reduce((latest, { readTime: each }) => (each > latest ? each : latest), new Timestamp(0, 0));
      return { found: new Map(snapshots.flatMap(entryOf)), readTime: toRevision(readTime) };
    } catch (error) {
      throw toSyncError(error);
    }
  }

  async createdAt(once: string): Promise<Revision | null> {
    try {
      const { createTime } = await this.#firestore.collection(CREATES).doc(once).get();
      return createTime === undefined ? null : toRevision(createTime);
    } catch (error) {
      throw toSyncError(error);
    }
  }

  async list(after: string | null, limit: number): Promise<readonly (readonly [string, Snapshot])[]> {
    const ordered = this.#firestore.collection(COLLECTION).orderBy(FieldPath.documentId()).limit(limit);
    try {
      const page = await (after === null ? ordered : ordered.startAfter(after)).get();
      return page.docs.flatMap(entryOf);
    } catch (error) {
      throw toSyncError(error);
    }
  }

  async #writeTogether(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    const batch = this.#firestore.batch();
    for (const write of writes) this.#addTo(batch, write);
    await batch.commit();
    return writes.map(() => ({ kind: "written" }));
  }

  /** One document that has moved undoes the whole batch: it is read which ones have, and the others go together once more. */
  async #writeStanding(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    const read = await this.read(writes.map(({ kennitala }) => kennitala)).catch(() => undefined);
    const stands = ({ kennitala, expectRevision }: DocumentWrite) => (read?.found.get(kennitala)?.revision ?? null) === expectRevision;
    const standing = writes.filter(stands);
    if (read === undefined || standing.length === writes.length) return this.#writeEach(writes);
    // Of a create that finds a document, only its own try tells whether it was carried out before.
    const taken = writes.filter((write) => !stands(write) && write.expectRevision === null);
    const [together, each] = await Promise.all([
      this.#writeTogether(standing).catch(() => this.#writeEach(standing)),
      this.#writeEach(taken),
    ]);
    const outcomes = new Map([...paired(standing, together), ...paired(taken, each)]);
    return writes.map((write) => outcomes.get(write) ?? { kind: "unmet" });
  }

  async #writeHalves(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    const middle = Math.ceil(writes.length / 2);
    return (await Promise.all([this.write(writes.slice(0, middle)), this.write(writes.slice(middle))])).flat();
  }

  async #writeEach(writes: readonly DocumentWrite[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    const queue = writes.entries();
    const work = async () => {
      for (const [at, write] of queue) outcomes[at] = await this.#writeAlone(write);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, writes.length) }, work));
    return outcomes;
  }

  async #writeAlone(write: DocumentWrite): Promise<WriteOutcome> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const batch = this.#firestore.batch();
        this.#addTo(batch, write);
        await batch.commit();
        return { kind: "written" };
      } catch (error) {
        if (isClientsRefusal(error)) return { kind: "invalid", reason: "the Firestore client refuses the values" };
        if (isTaken(error) && write.once !== undefined) return this.#whyTaken(write.once);
        if (grpcCode(error) !== ABORTED || attempt === RETRIES) return outcomeOf(error);
        await delay(RETRY_MS * 2 ** attempt * (1 + Math.random()));
      }
    }
  }

  /** A create fails for the document that is there, or for its own mark. */
  async #whyTaken(once: string): Promise<WriteOutcome> {
    try {
      const mark = await this.#firestore.collection(CREATES).doc(once).get();
      return { kind: mark.exists ? "spent" : "unmet" };
    } catch (error) {
      return { kind: "unsure", error: toSyncError(error) };
    }
  }

  #addTo(batch: WriteBatch, { kennitala, expectRevision, once, set, serverTime }: DocumentWrite): void {
    const stamps = Object.fromEntries(serverTime.map((path) => [path, FieldValue.serverTimestamp()]));
    const values: Record<string, unknown> = { ...set, ...stamps };
    const reference = this.#reference(kennitala);
    if (once !== undefined) batch.create(this.#firestore.collection(CREATES).doc(once), { at: FieldValue.serverTimestamp() });
    if (expectRevision === null) batch.create(reference, nested(values));
    else batch.update(reference, values, { lastUpdateTime: toTimestamp(expectRevision) });
  }

  #reference(kennitala: string): DocumentReference {
    return this.#firestore.collection(COLLECTION).doc(kennitala);
  }
}

function paired(writes: readonly DocumentWrite[], outcomes: readonly WriteOutcome[]): readonly (readonly [DocumentWrite, WriteOutcome])[] {
  return outcomes.flatMap((outcome, at) => {
    const write = writes[at];
    return write === undefined ? [] : [[write, outcome] as const];
  });
}

/** The client throws before anything is sent: an error of its own, without a status of the server. */
function isClientsRefusal(error: unknown): boolean {
  return error instanceof Error && grpcCode(error) === undefined && error.message.startsWith("Value for argument");
}

function entryOf(snapshot: DocumentSnapshot): readonly (readonly [string, Snapshot])[] {
  const data: DocumentData | undefined = snapshot.data();
  if (data === undefined || snapshot.updateTime === undefined) return [];
  const revision = toRevision(snapshot.updateTime);
  return [[snapshot.id, { data: fromFirestore(data), revision, ...(snapshot.createTime && { created: toRevision(snapshot.createTime) }) }]];
}
