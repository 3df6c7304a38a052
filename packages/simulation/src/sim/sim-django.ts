import type {
  DjangoChange,
  DjangoMembers,
  DjangoResult,
  OutboxRow,
  PathRefusal,
  PendingPage,
} from "@member-sync/django-adapter/app/ports.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { mappedPaths } from "@member-sync/shared/member/field-map.ts";
import { nested, type Paths } from "./documents.ts";
import { FIELD_MAP, REFUSED_MARK, REWRITTEN_MARK } from "./rules.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

const STATUS = "membership.status";
/** Django's record carries every path that its settings map. */
const EMPTY = Object.fromEntries([...mappedPaths(FIELD_MAP)].map((path) => [path, null]));

interface Row {
  readonly paths: Paths;
  readonly isActive: boolean;
  readonly id: number;
}

/** What remains of a member when its row is gone. */
interface State {
  row: Row | undefined;
  revision: number;
  writeId: string | null;
  id: number | null;
  changedAt: number;
}

interface KeptWrite {
  readonly ssn: string;
  readonly status: "success" | "rejected";
  readonly errors: Readonly<Record<string, PathRefusal>>;
}

interface QueueRow {
  readonly id: number;
  readonly ssn: string;
  readonly fields: readonly string[];
  readonly at: number;
}

/** Deliberate faults of a side, to see that the checks notice. */
export interface SideFlaws {
  /** It writes whatever it is told, wherever it stands. */
  readonly comparesNothing?: boolean;
  readonly forgetsWriteIds?: boolean;
}

export interface DjangoWatch {
  written(change: DjangoChange, before: Paths | undefined, after: Paths | undefined): void;
  /** The host's own code altered what was written, in the same transaction. */
  rewritten(ssn: string, path: string, value: string): void;
}

/**
 * The Django half as `member_sync` behaves: a revision and the last write id beside each member, an outbox row in the
 * transaction of the change, compare-and-set, write ids that are kept for ever, rows that leave only by their mark.
 */
export class SimDjango {
  readonly states = new Map<string, State>();
  readonly outbox: QueueRow[] = [];
  /** How far Django's clock is off, and how coarse it is. */
  skewMs = 0;
  tickMs = 1;
  /** How often a whole answer comes short or out of order. */
  mangling = 0;
  flaws: SideFlaws = {};
  readonly #stage: Stage;
  readonly #writes = new Map<string, KeptWrite>();
  #rows = 0;
  #ids = 100;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  stateOf(ssn: string): State {
    const known = this.states.get(ssn);
    if (known !== undefined) return known;
    const fresh: State = { row: undefined, revision: 0, writeId: null, id: null, changedAt: 0 };
    this.states.set(ssn, fresh);
    return fresh;
  }

  /** Staff save a member: one transaction, one change. `isCaptured: false`: behind the back of the triggers. */
  save(ssn: string, set: Paths, isCaptured = true): void {
    const state = this.stateOf(ssn);
    const before = state.row ?? { paths: {}, isActive: true, id: (this.#ids += 1) };
    state.row = { ...before, paths: { ...before.paths, ...set } };
    if (isCaptured) this.#capture(ssn, Object.keys(set));
  }

  setActive(ssn: string, isActive: boolean): void {
    const state = this.stateOf(ssn);
    if (state.row === undefined) return;
    state.row = { ...state.row, isActive };
    this.#capture(ssn, ["status"]);
  }

  remove(ssn: string): void {
    const state = this.stateOf(ssn);
    if (state.row === undefined) return;
    state.row = undefined;
    this.#capture(ssn, ["ssn"]);
  }

  /** `member_sync_backfill --all`: every member into the outbox again, and who was removed. */
  backfill(): void {
    for (const [ssn, { row, revision }] of this.states) if (row !== undefined || revision > 0) this.#capture(ssn, []);
  }

  port(actor: Actor, tape: Tape, watch: DjangoWatch): DjangoMembers {
    const down = () => troubleOf(tape);
    const call = <T>(name: string, effect: () => T, part?: () => void) =>
      this.#stage.call(actor, "django", `adapter ${name}`, effect, down, part);
    return {
      pendingChanges: (after, limit) => call("reads the outbox", () => this.#pending(after, limit)),
      markSynced: (ids) => call("marks rows", () => this.#mark(ids)),
      readMembers: (kennitalas) =>
        call("reads members", () => kennitalas.map((kennitala) => ({ kennitala, ...this.#standing(kennitala) }))),
      status: () => call("asks for the status", () => ({ pending: this.outbox.length, oldestPendingAt: this.outbox[0]?.at ?? null })),
      apply: (changes) =>
        call(
          "applies",
          () =>
            mangled(
              changes.map((change) => this.#apply(change, watch)),
              tape,
              this.mangling,
            ),
          () => {
            // One transaction for all of them: it is there, or it is not.
            for (const change of changes) this.#apply(change, watch);
          },
        ),
    };
  }

  #capture(ssn: string, fields: readonly string[]): void {
    const state = this.stateOf(ssn);
    state.revision += 1;
    state.id = state.row?.id ?? state.id;
    state.changedAt = this.#clock();
    this.outbox.push({
      id: (this.#rows += 1),
      ssn,
      fields: fields.map((path) => path.slice(path.lastIndexOf(".") + 1)),
      at: state.changedAt,
    });
  }

  #clock(): number {
    return Math.floor((this.#stage.now + this.skewMs) / this.tickMs) * this.tickMs;
  }

  #pending(after: number, limit: number): PendingPage {
    const waiting = this.outbox.filter(({ id }) => id > after);
    const page = waiting.slice(0, limit);
    const rows = page.map((row): OutboxRow => {
      const standing = this.#standing(row.ssn);
      return {
        id: row.id,
        ssn: row.ssn,
        fieldsChanged: row.fields,
        createdAt: row.at,
        revision: standing.revision ?? "0",
        record: standing.record,
        life: standing.life,
        actor: "user:1",
        writeId: standing.lastWriteId,
        ...(standing.lastWriteErrors !== undefined && { writeErrors: standing.lastWriteErrors }),
        djangoId: standing.djangoId,
        previousSsn: null,
        text: "",
      };
    });
    return { rows, unreadable: [], next: waiting.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  #mark(ids: readonly number[]): number {
    const gone = new Set(ids);
    const before = this.outbox.length;
    const kept = this.outbox.filter(({ id }) => !gone.has(id));
    this.outbox.splice(0, before, ...kept);
    return before - kept.length;
  }

  #standing(ssn: string): Omit<DjangoResult, "writeId" | "status" | "message" | "errors"> {
    const { row, revision, writeId, id, changedAt } = this.stateOf(ssn);
    const last = writeId === null ? undefined : this.#writes.get(writeId);
    const isKnown = row !== undefined || revision > 0;
    return {
      revision: isKnown ? String(revision) : null,
      record: row === undefined ? null : nested({ ...EMPTY, ...row.paths, [STATUS]: row.isActive ? "active" : "inactive" }),
      life: row === undefined ? "missing" : row.isActive ? "alive" : "deleted",
      djangoId: row?.id ?? id,
      lastWriteId: writeId,
      ...(last !== undefined && { lastWriteErrors: last.errors }),
      changedAt: isKnown ? changedAt : null,
    };
  }

  #apply(change: DjangoChange, watch: DjangoWatch): DjangoResult {
    const { kennitala: ssn, writeId } = change;
    const kept = this.flaws.forgetsWriteIds === true ? undefined : this.#writes.get(writeId);
    if (kept !== undefined) return this.#result(ssn, writeId, kept.status, kept.errors);
    if (change.action === "cancel") {
      this.#writes.set(writeId, { ssn, status: "rejected", errors: {} });
      return this.#result(ssn, writeId, "rejected", {});
    }
    const state = this.stateOf(ssn);
    const isCurrent =
      change.expectedRevision === state.revision || (change.expectedRevision === null && state.row === undefined && state.revision === 0);
    if (!isCurrent && this.flaws.comparesNothing !== true) return this.#result(ssn, writeId, "stale", {});
    if (state.row === undefined && change.action === "delete") {
      state.writeId = writeId;
      this.#writes.set(writeId, { ssn, status: "success", errors: {} });
      return this.#result(ssn, writeId, "success", {});
    }
    if (state.row === undefined && change.action !== "create" && change.expectedRevision !== null) {
      return { ...this.#result(ssn, writeId, "error", {}), message: "Member not found" };
    }
    const errors = refusals(change, state.row);
    const isNameless = state.row === undefined && "profile.name" in errors;
    const isRefused = isNameless || (Object.keys(errors).length > 0 && isAllOf(change, errors));
    this.#writes.set(writeId, { ssn, status: isRefused ? "rejected" : "success", errors });
    if (!isRefused) this.#write(change, errors, watch);
    return this.#result(ssn, writeId, isRefused ? "rejected" : "success", errors);
  }

  #write(change: DjangoChange, errors: Readonly<Record<string, PathRefusal>>, watch: DjangoWatch): void {
    const { kennitala: ssn, action } = change;
    const state = this.stateOf(ssn);
    const before = state.row;
    const { [STATUS]: status, ...values } = Object.fromEntries(Object.entries(change.changes).filter(([path]) => !(path in errors)));
    const set = action === "delete" ? {} : values;
    const isActive = action === "delete" ? false : status === undefined ? (before?.isActive ?? true) : status === "active";
    const base = before ?? { paths: {}, isActive, id: (this.#ids += 1) };
    const stored = Object.fromEntries(Object.entries(set).map(([path, value]) => [path, asStored(value)]));
    const row = { ...base, paths: { ...base.paths, ...stored }, isActive };
    const isSame =
      before !== undefined && before.isActive === isActive && Object.keys(set).every((path) => before.paths[path] === row.paths[path]);
    const isLife = action === "delete" || status !== undefined;
    watch.written(
      { ...change, changes: { ...set, ...(isLife && { [STATUS]: isActive ? "active" : "inactive" }) } },
      before?.paths,
      row.paths,
    );
    for (const [path, value] of Object.entries(stored))
      if (value !== set[path] && typeof value === "string") watch.rewritten(ssn, path, value);
    state.row = row;
    state.writeId = change.writeId;
    state.id = row.id;
    if (isSame) return;
    state.revision += 1;
    state.changedAt = this.#clock();
  }

  #result(ssn: string, writeId: string, status: DjangoResult["status"], errors: DjangoResult["errors"]): DjangoResult {
    return { ...this.#standing(ssn), writeId, status, errors, message: "" };
  }
}

function asStored(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(REWRITTEN_MARK, "") : value;
}

/** A group is taken or refused as one; a member without a name is not made. */
function refusals(change: DjangoChange, row: Row | undefined): Readonly<Record<string, PathRefusal>> {
  const errors: Record<string, PathRefusal> = {};
  const refuse = (path: string, code: string) => (errors[path] = { code, message: "Not taken." });
  for (const [path, value] of Object.entries(change.changes)) {
    if (typeof value !== "string" || !value.includes(REFUSED_MARK)) continue;
    const family = path.startsWith("address.") ? Object.keys(change.changes).filter((other) => other.startsWith("address.")) : [path];
    for (const other of family) refuse(other, "invalid");
  }
  const name = change.changes["profile.name"];
  const isNameless = row === undefined ? (name ?? null) === null : name === null;
  if (isNameless && change.action !== "delete") refuse("profile.name", "required");
  return errors;
}

function isAllOf(change: DjangoChange, errors: Readonly<Record<string, PathRefusal>>): boolean {
  return Object.keys(change.changes).every((path) => path in errors);
}

/** What a Django in trouble says: each of these may pass, or concerns one item. */
function troubleOf(tape: Tape): SyncError {
  const status = tape.pick([0, 429, 500, 502, 503, 413]);
  if (status === 413) return new SyncError("django_refused", { status });
  if (status === 0) return new SyncError(tape.chance(0.5) ? "django_unavailable" : "django_bad_answer", { reason: "time-out" });
  return new SyncError("django_unavailable", { status });
}

function mangled(results: readonly DjangoResult[], tape: Tape, rate: number): readonly DjangoResult[] {
  if (!tape.chance(rate)) return results;
  const shuffled = results.toReversed();
  return tape.chance(0.5) ? shuffled : shuffled.slice(tape.below(shuffled.length + 1));
}
