import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import { isPrecondition, toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { CommitOutcome, HubCommit, HubPage, HubStore, Page, StoredHub } from "../../app/ports.ts";
import type { Hub, Instant } from "../../core/hub.ts";
import { mapBounded } from "./bounded.ts";
import { readHub, tokenOf } from "./documents.ts";
import { isInDoubt, isUnanswered } from "./grpc-codes.ts";
import { addEntry, groupEntries, hubEntry, type HubEntry } from "./hub-entry.ts";
import { COLLECTIONS, QUERIES, type QuerySpec } from "./queries.ts";
import { documentsOf, pageOf, queryOf } from "./run-query.ts";

const LOAD_CHUNK = 500;
const LOADS_AT_ONCE = 4;
const GROUPS_AT_ONCE = 8;
const ALONE_AT_ONCE = 64;

/** What became of the entries of a group; one whose fate is open is missing. */
type Decided = ReadonlyMap<HubEntry, CommitOutcome>;
const UNDECIDED: Decided = new Map();

/** Hubs in `sync_members`, with history and conflicts written in the same commit. */
export class FirestoreHubStore implements HubStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async load(memberRefs: readonly MemberRef[]): Promise<ReadonlyMap<MemberRef, StoredHub>> {
    const chunks = chunksOf([...new Set(memberRefs)], LOAD_CHUNK);
    const loaded = await mapBounded(chunks, LOADS_AT_ONCE, (chunk) => this.#getAll(chunk));
    const existing = loaded.flat().filter((snapshot) => snapshot.exists);
    return new Map(existing.map((snapshot) => [snapshot.id, { hub: readHub(snapshot.data()), token: tokenOf(snapshot.updateTime) }]));
  }

  async commit(entries: readonly HubCommit[]): Promise<readonly CommitOutcome[]> {
    const ready = entries.map((entry) => hubEntry(this.#firestore, entry));
    const groups = await mapBounded(groupEntries(ready), GROUPS_AT_ONCE, (group) => this.#commitGroup(group));
    const decided = new Map(groups.flatMap((group) => [...group]));
    const outcomes = await mapBounded(
      ready,
      ALONE_AT_ONCE,
      async (entry) => decided.get(entry) ?? this.#commitAlone(entry).catch(unstored),
    );
    const [first] = outcomes;
    if (first?.kind === "unstored" && outcomes.every(({ kind }) => kind === "unstored")) throw first.error;
    return outcomes;
  }

  async inFlightSince(before: Instant, cursor: string | null, limit: number): Promise<Page<MemberRef>> {
    return pageOf(queryOf(this.#firestore, QUERIES.membersInFlight, [before]), {
      cursor,
      limit,
      read: (_, id) => id,
      orderOf: ({ inFlightAt }) => Number(inFlightAt),
    });
  }

  async all(after: MemberRef | null, limit: number): Promise<HubPage> {
    const documents = await this.#page(QUERIES.membersAll, [], after, limit);
    const hubs: Hub[] = [];
    const unreadable: MemberRef[] = [];
    for (const document of documents) {
      try {
        hubs.push(readHub(document.data()));
      } catch {
        unreadable.push(document.id);
      }
    }
    return { hubs, unreadable, next: documents.length < limit ? null : (documents.at(-1)?.id ?? null) };
  }

  async waiting(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]> {
    return this.#references(QUERIES.membersWaiting, after, limit);
  }

  async due(after: MemberRef | null, limit: number): Promise<readonly MemberRef[]> {
    return this.#references(QUERIES.membersDue, after, limit);
  }

  async #commitGroup(group: readonly HubEntry[]): Promise<Decided> {
    try {
      return await this.#commitWhole(group);
    } catch (error) {
      if (isPrecondition(error) && group.length > 1) return this.#commitStanding(group);
      if (!isInDoubt(error) && !(await this.#isOneHubs(error, group))) throw toSyncError(error);
      return UNDECIDED;
    }
  }

  async #commitWhole(group: readonly HubEntry[]): Promise<Decided> {
    const tokens = await this.#write(group);
    return new Map(group.map((entry, index) => [entry, { kind: "committed", token: tokens[index] ?? "" }]));
  }

  /** One outdated hub undoes the whole group: it is read which ones are, and those that still stand go as a group again. */
  async #commitStanding(group: readonly HubEntry[]): Promise<Decided> {
    const snapshots = await this.#getAll(group.map(({ memberRef }) => memberRef));
    const fates = new Map<HubEntry, CommitOutcome>();
    group.forEach((entry, index) => {
      const fate = fateIn(snapshots[index], entry);
      if (fate !== undefined) fates.set(entry, fate);
    });
    const standing = group.filter((entry) => !fates.has(entry));
    if (standing.length === 0 || standing.length === group.length) return fates;
    const retried = await this.#commitWhole(standing).catch(() => UNDECIDED);
    return new Map([...fates, ...retried]);
  }

  /** Whether one hub of the group keeps the others waiting (somebody holds a lock on it): the store itself answers. */
  async #isOneHubs(error: unknown, group: readonly HubEntry[]): Promise<boolean> {
    if (!isUnanswered(error) || group.length < 2) return false;
    await this.#getAll(group.slice(0, 1).map(({ memberRef }) => memberRef));
    return true;
  }

  async #commitAlone(entry: HubEntry): Promise<CommitOutcome> {
    try {
      const [token = ""] = await this.#write([entry]);
      return { kind: "committed", token };
    } catch (error) {
      if (!isInDoubt(error)) throw toSyncError(error);
      return this.#fateOf(entry, error);
    }
  }

  /** Reads what became of an entry whose write was refused, or whose answer was lost. */
  async #fateOf(entry: HubEntry, error: unknown): Promise<CommitOutcome> {
    const [snapshot] = await this.#getAll([entry.memberRef]);
    const fate = fateIn(snapshot, entry) ?? (isPrecondition(error) ? { kind: "outdated" } : undefined);
    // Nobody wrote it, and neither did we: to plan anew would change nothing.
    if (fate === undefined) throw toSyncError(error);
    return fate;
  }

  async #write(group: readonly HubEntry[]): Promise<readonly string[]> {
    const batch = this.#firestore.batch();
    for (const entry of group) addEntry(batch, entry);
    const results = await batch.commit();
    let position = 0;
    return group.map((entry) => {
      const token = tokenOf(results[position]?.writeTime);
      position += entry.writes;
      return token;
    });
  }

  async #getAll(memberRefs: readonly MemberRef[]): Promise<readonly DocumentSnapshot[]> {
    const collection = this.#firestore.collection(COLLECTIONS.members);
    try {
      return await this.#firestore.getAll(...memberRefs.map((memberRef) => collection.doc(memberRef)));
    } catch (error) {
      throw toSyncError(error);
    }
  }

  async #references(spec: QuerySpec, after: MemberRef | null, limit: number): Promise<readonly MemberRef[]> {
    return (await this.#page(spec, [true], after, limit)).map(({ id }) => id);
  }

  async #page(spec: QuerySpec, values: readonly unknown[], after: MemberRef | null, limit: number) {
    const query = queryOf(this.#firestore, spec, values);
    return documentsOf((after === null ? query : query.startAfter(after)).limit(limit));
  }
}

/** What a hub tells of an entry: written by us, or by somebody else; `undefined` when it stands as it was planned on. */
function fateIn(snapshot: DocumentSnapshot | undefined, entry: HubEntry): CommitOutcome | undefined {
  const token = snapshot?.exists ? tokenOf(snapshot.updateTime) : null;
  if (token !== null && snapshot?.get("commitId") === entry.commitId) return { kind: "committed", token };
  return token === entry.token ? undefined : { kind: "outdated" };
}

/** What failed for one entry is that entry's outcome; that Firestore refuses us is everybody's. */
function unstored(error: unknown): CommitOutcome {
  const cause = toSyncError(error);
  if (cause.disposition === "fatal") throw cause;
  return { kind: "unstored", error: cause };
}
