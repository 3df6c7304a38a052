import { randomUUID } from "node:crypto";
import { COLUMNS, STATUS_PATH, type Value } from "./fields.ts";

/** Values by canonical path, the status among them. */
export type Values = Readonly<Record<string, Value>>;

export interface Row {
  readonly id: number;
  readonly values: Values;
}

/** What is remembered of a member also after its row is gone. */
export interface MemberState {
  readonly revision: number;
  readonly writeId: string | null;
  readonly changedAt: number;
}

export interface OutboxEntry {
  readonly id: number;
  readonly ssn: string;
  readonly action: "create" | "update" | "delete";
  readonly fieldsChanged: Readonly<Record<string, Value>>;
  readonly createdAt: number;
  readonly actor: string | null;
  syncedAt: number | null;
}

/** What became of a write of the sync, for when it comes again. */
export interface KeptWrite {
  readonly ssn: string;
  readonly status: "success" | "rejected";
  readonly updated: readonly string[];
  readonly errors: Readonly<Record<string, { readonly code: string; readonly message: string }>>;
}

/** Who writes: an editor, whose change goes to the outbox, or the sync, whose change is known already. */
export type Origin = { readonly actor: string | null } | { readonly writeId: string };

const NEVER: MemberState = { revision: 0, writeId: null, changedAt: 0 };

/** Members, their revisions and the outbox, in memory. One call is one transaction. */
export class StandInStore {
  readonly #rows = new Map<string, Row>();
  readonly #states = new Map<string, MemberState>();
  readonly #outbox: OutboxEntry[] = [];
  readonly writes = new Map<string, KeptWrite>();
  /** Nothing outlives the process, so each start is another history. */
  readonly lineage = randomUUID();
  readonly #onEdit: () => void;
  #nextId = 1;

  constructor(onEdit: () => void) {
    this.#onEdit = onEdit;
  }

  row(ssn: string): Row | undefined {
    return this.#rows.get(ssn);
  }

  state(ssn: string): MemberState {
    return this.#states.get(ssn) ?? NEVER;
  }

  /** Members by kennitala after `after`. */
  page(after: string, limit: number): readonly string[] {
    return [...this.#rows.keys()]
      .filter((ssn) => ssn > after)
      .toSorted()
      .slice(0, limit);
  }

  count(): number {
    return this.#rows.size;
  }

  pending(): readonly OutboxEntry[] {
    return this.#outbox.filter((entry) => entry.syncedAt === null);
  }

  syncedCount(): number {
    return this.#outbox.length - this.pending().length;
  }

  markSynced(ids: ReadonlySet<number>): number {
    const waiting = this.pending().filter((entry) => ids.has(entry.id));
    for (const entry of waiting) entry.syncedAt = Date.now();
    return waiting.length;
  }

  /** Writes values over what stands; creates the row where there is none. Returns the paths that changed. */
  write(ssn: string, values: Values, origin: Origin): readonly string[] {
    const before = this.#rows.get(ssn);
    const old: Values = before?.values ?? {};
    const changed = Object.entries(values).filter(([path, value]) => before === undefined || old[path] !== value);
    if (before === undefined || changed.length > 0) {
      this.#rows.set(ssn, { id: before?.id ?? this.#nextId++, values: { ...emptyValues(), ...old, ...values } });
    }
    const hasChanged = before === undefined || changed.length > 0;
    this.#record(ssn, before === undefined ? "create" : "update", Object.fromEntries(changed), origin, hasChanged);
    return changed.map(([path]) => path);
  }

  /** Removes the row. */
  remove(ssn: string, origin: Origin): void {
    const existed = this.#rows.delete(ssn);
    this.#record(ssn, "delete", {}, origin, existed);
  }

  #record(ssn: string, action: OutboxEntry["action"], changed: Values, origin: Origin, hasChanged: boolean): void {
    const state = this.state(ssn);
    const isOurs = "writeId" in origin;
    if (!hasChanged && !isOurs) return;
    const now = Date.now();
    this.#states.set(ssn, {
      revision: state.revision + (hasChanged ? 1 : 0),
      writeId: isOurs ? origin.writeId : state.writeId,
      changedAt: hasChanged ? now : state.changedAt,
    });
    if (!hasChanged) return;
    this.#outbox.push({
      id: this.#outbox.length + 1,
      ssn,
      action,
      fieldsChanged: byShortName(changed),
      createdAt: now,
      actor: isOurs ? null : origin.actor,
      syncedAt: isOurs ? now : null,
    });
    if (!isOurs) this.#onEdit();
  }
}

function emptyValues(): Values {
  return { ...Object.fromEntries(COLUMNS.map(({ path, empty }) => [path, empty])), [STATUS_PATH]: "active" };
}

function byShortName(changed: Values): Values {
  const names = new Map([...COLUMNS.map(({ path, short }) => [path, short] as const), [STATUS_PATH, "status"] as const]);
  return Object.fromEntries(Object.entries(changed).map(([path, value]) => [names.get(path) ?? path, value]));
}
