import { applyChange, type DjangoFlaws, type FakeChange, type FakeResult, type WriteWatch } from "./apply-change.ts";
import {
  NEVER,
  standingOf,
  type FakeMember,
  type KeptWrite,
  type Origin,
  type OutboxEntry,
  type Row,
  type Standing,
} from "./fake-member.ts";
import type { Host, Values } from "./host.ts";

interface State {
  readonly members: Map<string, FakeMember>;
  readonly writes: Map<string, KeptWrite>;
  outbox: OutboxEntry[];
  synced: number;
  lastRow: number;
  lastId: number;
}

/** A dump of the whole database. */
export interface DjangoDump {
  readonly state: Readonly<State>;
}

export interface FakeDjangoOptions {
  readonly host: Host;
  readonly clock: () => number;
  /** Called after each edit that was captured, as the nudge is. */
  readonly onEdit?: () => void;
  readonly newLineage?: () => string;
}

/**
 * The Django half of the sync in memory, as the `member_sync` app behaves: a revision and the last write id beside each
 * member, an outbox row in the transaction of each change, compare-and-set, write ids that are kept for ever, rows that
 * leave the outbox only when they are marked. Synchronous: one call is one transaction.
 */
export class FakeDjango {
  /** Deliberate faults, for tests that must notice them. */
  flaws: DjangoFlaws = {};
  readonly #options: Required<FakeDjangoOptions>;
  #state: State = { members: new Map(), writes: new Map(), outbox: [], synced: 0, lastRow: 0, lastId: 0 };
  #lineage: string;
  #lineageSince: number;

  constructor(options: FakeDjangoOptions) {
    let lineages = 0;
    this.#options = { onEdit: () => undefined, newLineage: () => `lineage-${(lineages += 1)}`, ...options };
    this.#lineage = this.#options.newLineage();
    this.#lineageSince = this.#options.clock();
  }

  /** Identity of the database's history. */
  get lineage(): string {
    return this.#lineage;
  }

  /** When that history began, in epoch milliseconds by Django's clock. */
  get lineageSince(): number {
    return this.#lineageSince;
  }

  /** Does the work of `manage.py member_sync_restored`. */
  renewLineage(): void {
    this.#lineage = this.#options.newLineage();
    this.#lineageSince = this.#options.clock();
  }

  dump(): DjangoDump {
    return { state: copyOf(this.#state) };
  }

  /** Puts the database back to where it was: revisions and ids are given a second time. The lineage stays until it is renewed. */
  restore({ state }: DjangoDump): void {
    this.#state = copyOf(state);
  }

  member(ssn: string): FakeMember {
    return this.#state.members.get(ssn) ?? NEVER;
  }

  /** Everybody who has or had a row. */
  known(): readonly string[] {
    return [...this.#state.members].flatMap(([ssn, { row, revision }]) => (row !== undefined || revision > 0 ? [ssn] : []));
  }

  /** Kennitölur of those who have a row, in order, after `after`. */
  page(after: string, limit: number): readonly string[] {
    const present = [...this.#state.members].flatMap(([ssn, { row }]) => (row !== undefined && ssn > after ? [ssn] : []));
    return present.toSorted().slice(0, limit);
  }

  /** How many have a row. */
  count(): number {
    return this.page("", Infinity).length;
  }

  standing(ssn: string): Standing {
    const member = this.member(ssn);
    return standingOf(ssn, member, this.#state.writes.get(member.writeId ?? ""));
  }

  /** The current state of these members, all of one moment; members without a row are `missing`. */
  read(ssns: readonly string[]): ReadonlyMap<string, Standing> {
    return new Map(ssns.map((ssn) => [ssn, this.standing(ssn)]));
  }

  /** Writes values over what is there, and makes the row where there is none. Returns the paths that changed. */
  write(ssn: string, values: Values, origin: Origin): readonly string[] {
    const before = this.member(ssn).row;
    const changed = Object.entries(values).filter(([path, value]) => before === undefined || before.values[path] !== value);
    const isChanged = before === undefined || changed.length > 0;
    if (isChanged) this.#capture(ssn, this.#rowWith(before, values), Object.fromEntries(changed), origin);
    if ("writeId" in origin) this.#state.members.set(ssn, { ...this.member(ssn), writeId: origin.writeId });
    return changed.map(([path]) => path);
  }

  /** Removes the row; what else is known of the member stays. */
  remove(ssn: string, origin: Origin): void {
    if (this.member(ssn).row !== undefined) this.#capture(ssn, undefined, {}, origin);
    if ("writeId" in origin) this.#state.members.set(ssn, { ...this.member(ssn), writeId: origin.writeId });
  }

  /** Puts a member into the outbox again, as a backfill does. */
  recapture(ssn: string): void {
    this.#capture(ssn, this.member(ssn).row, {}, { actor: null });
  }

  /** Changes a row without capture: neither revision nor outbox shows it. */
  writeUncaptured(ssn: string, values: Values): void {
    const member = this.member(ssn);
    this.#state.members.set(ssn, { ...member, row: this.#rowWith(member.row, values) });
  }

  /** Rows that are not marked yet, oldest first. */
  pending(): readonly OutboxEntry[] {
    return this.#state.outbox;
  }

  /** How many rows of the outbox are done. */
  synced(): number {
    return this.#state.synced;
  }

  markSynced(ids: readonly number[]): number {
    const marked = new Set(ids);
    const waiting = this.#state.outbox;
    this.#state.outbox = waiting.filter(({ id }) => !marked.has(id));
    const count = waiting.length - this.#state.outbox.length;
    this.#state.synced += count;
    return count;
  }

  /** Applies each change by compare-and-set; one result for each, in their order. `watch` receives each write before it is made. */
  apply(changes: readonly FakeChange[], watch: WriteWatch = () => undefined): readonly FakeResult[] {
    const { writes } = this.#state;
    const { host } = this.#options;
    return changes.map((change) => applyChange({ django: this, host, writes, flaws: this.flaws, watch }, change));
  }

  #rowWith(before: Row | undefined, values: Values): Row {
    const id = before?.id ?? (this.#state.lastId += 1);
    return { id, values: { ...this.#options.host.blank, ...before?.values, ...values } };
  }

  #capture(ssn: string, row: Row | undefined, changed: Values, origin: Origin): void {
    const state = this.#state;
    const before = this.member(ssn);
    const now = this.#options.clock();
    state.members.set(ssn, { ...before, row, revision: before.revision + 1, djangoId: row?.id ?? before.djangoId, changedAt: now });
    state.lastRow += 1;
    if ("writeId" in origin) {
      state.synced += 1;
      return;
    }
    const action = row === undefined ? "delete" : before.row === undefined ? "create" : "update";
    state.outbox.push({ id: state.lastRow, ssn, action, changed, createdAt: now, actor: origin.actor });
    this.#options.onEdit();
  }
}

function copyOf(state: Readonly<State>): State {
  return { ...state, members: new Map(state.members), writes: new Map(state.writes), outbox: [...state.outbox] };
}
