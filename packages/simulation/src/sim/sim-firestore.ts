import type {
  DocumentChange,
  DocumentsRead,
  DocumentWrite,
  MemberDocuments,
  Snapshot,
  WriteOutcome,
} from "@member-sync/tracker/app/ports.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { DjangoFlaws } from "@member-sync/fakes/django/apply-change.ts";
import { nested, type Paths } from "@member-sync/fakes/nested.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

export interface Document {
  readonly paths: Paths;
  readonly snapshot: Snapshot;
}

/** What the world wants to know of a write of ours before it counts as done. */
export interface WriteWatch {
  written(write: DocumentWrite, before: Paths | undefined, after: Paths): void;
}

const PORTAL = { authType: "user", authId: "uid-1" } as const;
const APPLIER = { authType: "system", authId: null } as const;
const MICROS_PER_MS = 1000;

/** The members' documents: commit times that only grow, an event for every commit, preconditions that hold. */
export class SimFirestore {
  readonly documents = new Map<string, Document>();
  /** Events on their way to the tracker. Each is delivered at least once, in any order. */
  readonly events: DocumentChange[] = [];
  flaws: DjangoFlaws = {};
  readonly #stage: Stage;
  readonly #creates = new Set<string>();
  #micros = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  pathsOf(kennitala: string): Paths | undefined {
    return this.documents.get(kennitala)?.paths;
  }

  /** A commit by the portal's user: some paths set, others removed. Creates what is not there. */
  patch(kennitala: string, set: Paths, unset: readonly string[] = []): void {
    const before = this.documents.get(kennitala)?.paths ?? {};
    const after = { ...before, ...set };
    for (const path of unset) delete after[path];
    this.#commit(kennitala, after, PORTAL);
  }

  remove(kennitala: string): void {
    const before = this.documents.get(kennitala);
    if (before === undefined) return;
    this.documents.delete(kennitala);
    this.events.push({ kennitala, before: before.snapshot, eventTime: this.#time(), actor: PORTAL });
  }

  /** An old state comes back, as a restored backup brings it: the documents of then, new commit times, and not one event. */
  restore(backup: ReadonlyMap<string, Document>): void {
    this.documents.clear();
    for (const [kennitala, document] of backup) {
      this.documents.set(kennitala, document);
      this.#store(kennitala, document.paths);
    }
  }

  /** What an audit finds: a document that somebody believes to be there, and that is not. */
  tellGone(kennitala: string): void {
    if (!this.documents.has(kennitala)) this.events.push({ kennitala, eventTime: this.#time(), actor: PORTAL });
  }

  /** The port that a tracker's process sees. */
  port(actor: Actor, tape: Tape, watch: WriteWatch): MemberDocuments {
    const unsure = (): WriteOutcome => ({ kind: "unsure", error: new SyncError("store_unavailable", { reason: "no answer" }) });
    const unavailable = () => new SyncError("store_unavailable", { reason: "no answer" });
    return {
      write: (writes) =>
        this.#stage
          .call(
            actor,
            "firestore",
            "tracker writes documents",
            // Where one batch fails each write goes alone, so each has a fate of its own.
            () => writes.map((write) => this.#apply(write, watch)),
            unavailable,
            () => void writes.filter(() => tape.chance(0.5)).map((write) => this.#apply(write, watch)),
          )
          .catch(() => writes.map(unsure)),
      read: (kennitalas) => this.#stage.call(actor, "firestore", "tracker reads documents", () => this.#read(kennitalas), unavailable),
      list: (after, limit) => this.#stage.call(actor, "firestore", "tracker lists documents", () => this.#list(after, limit), unavailable),
    };
  }

  #read(kennitalas: readonly string[]): DocumentsRead {
    const found = kennitalas.flatMap((id) => {
      const document = this.documents.get(id);
      return document === undefined ? [] : [[id, document.snapshot] as const];
    });
    return { found: new Map(found), readTime: this.#time() };
  }

  #list(after: string | null, limit: number): readonly (readonly [string, Snapshot])[] {
    const ids = [...this.documents.keys()].filter((id) => after === null || id > after).sort();
    return ids.slice(0, limit).flatMap((id) => {
      const document = this.documents.get(id);
      return document === undefined ? [] : [[id, document.snapshot] as const];
    });
  }

  #apply(write: DocumentWrite, watch: WriteWatch): WriteOutcome {
    const { kennitala, expectRevision, once, set, serverTime } = write;
    if (once !== undefined && this.#creates.has(once)) return { kind: "spent" };
    const before = this.documents.get(kennitala);
    const isMet = (before?.snapshot.revision ?? null) === expectRevision;
    if (!isMet && (this.flaws.comparesNothing !== true || expectRevision === null)) return { kind: "unmet" };
    if (once !== undefined) this.#creates.add(once);
    const at = new Date(this.#stage.now);
    const after = { ...before?.paths, ...set, ...Object.fromEntries(serverTime.map((path) => [path, at])) };
    watch.written(write, before?.paths, after);
    this.#commit(kennitala, after, APPLIER);
    return { kind: "written" };
  }

  #commit(kennitala: string, paths: Paths, actor: DocumentChange["actor"]): void {
    const before = this.documents.get(kennitala)?.snapshot;
    const after = this.#store(kennitala, paths);
    this.events.push({ kennitala, ...(before !== undefined && { before }), after, eventTime: after.revision, actor });
  }

  #store(kennitala: string, paths: Paths): Snapshot {
    const revision = this.#time();
    const snapshot = { data: nested(paths), revision, created: this.documents.get(kennitala)?.snapshot.created ?? revision };
    this.documents.set(kennitala, { paths, snapshot });
    return snapshot;
  }

  /** Nanoseconds, in steps of a microsecond, never the same twice and never backwards. */
  #time(): string {
    this.#micros = Math.max(this.#micros + 1, Math.floor(this.#stage.now) * MICROS_PER_MS);
    return `${this.#micros}000`;
  }
}
