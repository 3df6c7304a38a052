import type { HubCommit, Stores } from "@member-sync/reconciler/app/ports.ts";
import type { MemoryState } from "@member-sync/reconciler/adapters/memory/memory-state.ts";
import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

/** Receives each commit that is about to be stored, with the hub before it. */
export type CommitWatch = (before: Hub | undefined, entry: HubCommit) => void;

/** Deliberate faults of the reconciler's store, to see that the checks notice. */
export interface StoreFlaws {
  /** It writes whatever it is given. */
  readonly comparesNothing?: boolean;
  /** History is written by itself after the hub, and sometimes is not. */
  readonly losesHistory?: boolean;
}

/** The memory stores, their state, and the stage that their calls go through. */
export interface StoredOn {
  readonly state: MemoryState;
  readonly memory: Stores;
  readonly stage: Stage;
  readonly tape: Tape;
}

const unavailable = () => new SyncError("store_unavailable", { reason: "no answer" });

/** The reconciler's memory stores on the stage, as one process of it sees them. */
export function simStores({ state, memory, stage, tape }: StoredOn, actor: Actor, watch: CommitWatch, flaws: StoreFlaws = {}): Stores {
  const { hubs, conflicts, history, deadLetters, runs, control, fieldMaps } = memory;
  const call = <T>(name: string, effect: () => Promise<T>, part?: () => void) =>
    stage.call(actor, "store", `reconciler ${name}`, effect, unavailable, part);
  const watched = (entry: HubCommit): HubCommit => {
    const stored = state.hubs.get(entry.hub.memberRef);
    const token = stored?.token ?? null;
    if (token !== entry.token && flaws.comparesNothing !== true) return entry;
    const shown = { ...entry, token, ...(flaws.losesHistory === true && tape.chance(0.3) && { history: [] }) };
    watch(stored?.hub, shown);
    return shown;
  };
  return {
    hubs: {
      load: (refs) => call("loads hubs", () => hubs.load(refs)),
      commit: (entries) =>
        call(
          "commits",
          () => hubs.commit(entries.map(watched)),
          () => void hubs.commit(entries.filter(() => tape.chance(0.5)).map(watched)),
        ),
      inFlightSince: (...page) => call("looks for what is in flight", () => hubs.inFlightSince(...page)),
      waiting: (...page) => call("looks for what waits", () => hubs.waiting(...page)),
      due: (...page) => call("looks for what is due", () => hubs.due(...page)),
      all: (...page) => call("lists hubs", () => hubs.all(...page)),
    },
    conflicts: {
      get: (id) => call("reads a conflict", () => conflicts.get(id)),
      list: (...page) => call("lists conflicts", () => conflicts.list(...page)),
      countOpen: () => call("counts conflicts", () => conflicts.countOpen()),
    },
    history: { timeline: (...page) => call("reads a timeline", () => history.timeline(...page)) },
    deadLetters: {
      put: (...given) => call("keeps dead letters", () => deadLetters.put(...given)),
      get: (id) => call("reads a dead letter", () => deadLetters.get(id)),
      list: (...page) => call("lists dead letters", () => deadLetters.list(...page)),
      resolve: (...given) => call("closes a dead letter", () => deadLetters.resolve(...given)),
      countOpen: () => call("counts dead letters", () => deadLetters.countOpen()),
    },
    runs: {
      begin: (...given) => call("begins a run", () => runs.begin(...given)),
      finish: (run) => call("ends a run", () => runs.finish(run)),
      list: (...page) => call("lists runs", () => runs.list(...page)),
    },
    fieldMaps: {
      read: () => call("reads the field maps", () => fieldMaps.read()),
      add: (...given) => call("adds a field map", () => fieldMaps.add(...given)),
    },
    control: {
      read: () => call("reads the control", () => control.read()),
      update: (change) => call("writes the control", () => control.update(change)),
    },
  };
}
