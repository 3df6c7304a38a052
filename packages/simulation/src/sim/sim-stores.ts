import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Conflict } from "@member-sync/reconciler/core/conflict.ts";
import type { HistoryRecord } from "@member-sync/reconciler/core/history.ts";
import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { inFlightAt, isDue, isWaiting } from "@member-sync/reconciler/core/hub-index.ts";
import type {
  CommitOutcome,
  Control,
  ConflictStore,
  ControlStore,
  DeadLetter,
  DeadLetterStore,
  FieldMapStore,
  HistoryStore,
  HubCommit,
  HubStore,
  Page,
  Run,
  RunLog,
  StoredHub,
} from "@member-sync/reconciler/app/ports.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

/** What the reconciler has stored. Everything in it is immutable data, so the stores hand it out as it is. */
export class SimState {
  readonly hubs = new Map<MemberRef, StoredHub>();
  readonly conflicts = new Map<string, Conflict>();
  readonly history = new Map<string, HistoryRecord>();
  readonly deadLetters = new Map<string, DeadLetter>();
  readonly runs: Run[] = [];
  control: Control = { paused: false, direction: "both", reason: null, changedAt: null, suspicions: [], restores: [] };
  readonly fieldMaps = new Map<string, FieldMapSignature>();
  commits = 0;
}

export type CommitWatch = (before: Hub | undefined, entry: HubCommit) => void;

const unavailable = () => new SyncError("store_unavailable", { reason: "no answer" });

/** Deliberate faults of the reconciler's store, to see that the checks notice. */
export interface StoreFlaws {
  /** It writes whatever it is given. */
  readonly comparesNothing?: boolean;
  /** History is written by itself after the hub, and sometimes is not. */
  readonly losesHistory?: boolean;
}

/** The ports that one process of the reconciler sees. */
export function simStores(state: SimState, stage: Stage, actor: Actor, tape: Tape, watch: CommitWatch, flaws: StoreFlaws = {}) {
  const call = <T>(name: string, effect: () => T, part?: () => void) =>
    stage.call(actor, "store", `reconciler ${name}`, effect, unavailable, part);
  const references = (holds: (hub: Hub) => boolean, after: string | null, limit: number) =>
    [...state.hubs.values()]
      .filter(({ hub }) => (after === null || hub.memberRef > after) && holds(hub))
      .map(({ hub }) => hub.memberRef)
      .sort()
      .slice(0, limit);

  function commitOne(entry: HubCommit): CommitOutcome {
    const { hub, token, history, conflicts } = entry;
    const stored = state.hubs.get(hub.memberRef);
    if ((stored?.token ?? null) !== token && flaws.comparesNothing !== true) return { kind: "outdated" };
    watch(stored?.hub, flaws.losesHistory === true && tape.chance(0.3) ? { ...entry, history: [] } : entry);
    state.commits += 1;
    const next = String(state.commits);
    state.hubs.set(hub.memberRef, { hub, token: next });
    for (const conflict of conflicts) state.conflicts.set(conflict.id, conflict);
    for (const record of history) state.history.set(record.id, record);
    return { kind: "committed", token: next };
  }

  const hubs: HubStore = {
    load: (refs) =>
      call("loads hubs", () => {
        const found = new Map<MemberRef, StoredHub>();
        for (const ref of refs) {
          const stored = state.hubs.get(ref);
          if (stored !== undefined) found.set(ref, stored);
        }
        return found;
      }),
    commit: (entries) =>
      call(
        "commits",
        () => entries.map(commitOne),
        () => void entries.filter(() => tape.chance(0.5)).map(commitOne),
      ),
    inFlightSince: (before, cursor, limit) =>
      call("looks for what is in flight", () => {
        const after = cursor === null ? -1 : Number(cursor);
        const found = [...state.hubs.values()]
          .map(({ hub }) => ({ at: inFlightAt(hub), ref: hub.memberRef }))
          .filter(({ at }) => at !== undefined && at < before);
        const page = found.slice(after + 1, after + 1 + limit);
        return { items: page.map(({ ref }) => ref), next: found.length > after + 1 + limit ? String(after + limit) : null };
      }),
    waiting: (after, limit) => call("looks for what waits", () => references(isWaiting, after, limit)),
    due: (after, limit) => call("looks for what is due", () => references(isDue, after, limit)),
    all: (after, limit) =>
      call("lists hubs", () => {
        const refs = references(() => true, after, limit);
        const found = refs.flatMap((ref) => state.hubs.get(ref)?.hub ?? []);
        return { hubs: found, unreadable: [], next: refs.length < limit ? null : (refs.at(-1) ?? null) };
      }),
  };
  const conflicts: ConflictStore = {
    get: (id) => call("reads a conflict", () => state.conflicts.get(id)),
    list: () => call("lists conflicts", () => whole([...state.conflicts.values()])),
    countOpen: () => call("counts conflicts", () => [...state.conflicts.values()].filter((one) => one.state === "open").length),
  };
  const history: HistoryStore = {
    timeline: (ref) => call("reads a timeline", () => whole([...state.history.values()].filter(({ memberRef }) => memberRef === ref))),
  };
  const deadLetters: DeadLetterStore = {
    put: (notices, at) =>
      call("keeps dead letters", () => {
        for (const notice of notices) {
          const known = state.deadLetters.get(notice.id);
          const seen = (known?.seen ?? 0) + 1;
          const letterState = known?.state === "discarded" ? "discarded" : "open";
          state.deadLetters.set(notice.id, { ...notice, state: letterState, firstSeenAt: known?.firstSeenAt ?? at, lastSeenAt: at, seen });
        }
      }),
    get: (id) => call("reads a dead letter", () => state.deadLetters.get(id)),
    list: (filter) => call("lists dead letters", () => whole([...state.deadLetters.values()].filter((one) => one.state === filter.state))),
    resolve: (id, to, resolution, seen) =>
      call("closes a dead letter", () => {
        const letter = state.deadLetters.get(id);
        if (letter?.state !== "open" || (seen !== undefined && letter.seen !== seen)) return false;
        state.deadLetters.set(id, { ...letter, state: to, resolution });
        return true;
      }),
    countOpen: () => call("counts dead letters", () => [...state.deadLetters.values()].filter((one) => one.state === "open").length),
  };
  const runs: RunLog = {
    begin: (run, leaseMs) =>
      call("begins a run", () => {
        const isHeld = state.runs.some(
          (one) => one.type === run.type && one.status === "running" && one.started_at + leaseMs > run.started_at,
        );
        if (isHeld) return null;
        state.runs.push(run);
        return run;
      }),
    finish: (run) =>
      call("ends a run", () => {
        const at = state.runs.findIndex(({ id }) => id === run.id);
        if (at >= 0) state.runs[at] = run;
      }),
    list: () => call("lists runs", () => whole(state.runs)),
  };
  const control: ControlStore = {
    read: () => call("reads the control", () => state.control),
    update: (change) =>
      call("changes the control", () => {
        state.control = change(state.control) ?? state.control;
        return state.control;
      }),
  };
  const fieldMaps: FieldMapStore = {
    read: () => call("reads the field maps", () => new Map(state.fieldMaps)),
    add: (id, signature) => call("adds a field map", () => void state.fieldMaps.set(id, signature)),
  };
  return { hubs, conflicts, history, deadLetters, runs, control, fieldMaps };
}

function whole<T>(items: readonly T[]): Page<T> {
  return { items, next: null };
}
