import type { DjangoFlaws, WatchedWrite } from "@member-sync/fakes/django/apply-change.ts";
import { lifeOfRow } from "@member-sync/fakes/django/fake-member.ts";
import { createMemoryState } from "@member-sync/reconciler/adapters/memory/memory-state.ts";
import { memoryStores } from "@member-sync/reconciler/adapters/memory/memory-stores.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { HubCommit } from "@member-sync/reconciler/app/ports.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { marked, markKeyOf, type OwnMark } from "@member-sync/tracker/app/own-mark.ts";
import type { DocumentChange } from "@member-sync/tracker/app/ports.ts";
import type { RecordedEdit } from "../ledger/recorded-edit.ts";
import { Biography } from "./biography.ts";
import type { Case } from "./case.ts";
import type { DocumentWatch, FakeFirestore } from "@member-sync/fakes/firestore/fake-firestore.ts";
import { dotted, type Paths } from "@member-sync/fakes/nested.ts";
import {
  adapterProcess,
  reconcilerProcess,
  trackerProcess,
  type AdapterProcess,
  type ReconcilerProcess,
  type TrackerProcess,
} from "./processes.ts";
import { SideRestores } from "./restores.ts";
import { GROUPS, KENNITALAS, keyOf, MAPS, placeOf, REF_KEY, type GroupName, type MapVersion } from "./rules.ts";
import { SimBus, type Envelope } from "./sim-bus.ts";
import { SimDjango } from "./sim-django.ts";
import { SimFirestore } from "./sim-firestore.ts";
import { simStores, type CommitWatch, type StoreFlaws } from "./sim-stores.ts";
import { Stage, type Actor } from "./stage.ts";
import { groupNamed, takeCommit, takeWrite } from "./step-promises.ts";
import { Tape } from "./tape.ts";

const MARK_KEY = markKeyOf(REF_KEY);

export const SERVICES = ["tracker", "adapter", "reconciler"] as const;
export type Service = (typeof SERVICES)[number];

interface Life<Process> {
  readonly actor: Actor;
  readonly process: Process;
}

/** A conflict as a person looked at it. */
export interface View {
  readonly conflictId: string;
  readonly group: string;
  readonly expected: string;
  readonly held: string;
}

/** Deliberate faults of everything around the services' code, to see that the checks notice. */
export interface Flaws {
  readonly store?: StoreFlaws;
  readonly django?: DjangoFlaws;
  readonly firestore?: FakeFirestore["flaws"];
  /** The bus takes a message for done when it is handed over, not when its consumer says so. */
  readonly acknowledgesEarly?: boolean;
  /** Nobody ever sends a command again. */
  readonly neverSweeps?: boolean;
}

/** One simulated installation: the services' own application code, on sides, stores and a bus that are made here. */
export class World {
  readonly stage = new Stage();
  readonly schedule: Tape;
  readonly trouble: Tape;
  readonly firestore = new SimFirestore(this.stage);
  readonly django = new SimDjango(this.stage);
  readonly state = createMemoryState();
  readonly #memory = memoryStores(this.state, (value) => value);
  readonly bus: SimBus;
  readonly lives: readonly Biography[];
  readonly script: Case;
  readonly deliveries = new Set<{ readonly envelope: Envelope; readonly actor: Actor }>();
  /** What people wrote down of their edits, for the history checker. */
  readonly records: RecordedEdit[] = [];
  /** Looks at conflicts that decisions under way were made on. */
  readonly views: View[] = [];
  policy: GroupPolicy;
  /** The field map that each service runs with. */
  readonly maps: Record<Service, MapVersion>;
  /** Some service ran with the older field map at some time. */
  isMapChanged: boolean;
  readonly restores = new SideRestores();
  /** The first mark that each document carried, for whoever kept a copy. */
  readonly oldMarks = new Map<string, Paths>();
  /** Members whose portal means to put an old mark back, and has none that is older than the document's. */
  readonly waitForOldMark: number[] = [];
  /** Old marks that somebody put back into a document whose last mark the hub knew, and that no write of ours replaced since. */
  readonly marksPutBack = new Map<string, { readonly writeId: unknown; readonly created: string | undefined }>();
  broken: string | undefined;
  tracker: Life<TrackerProcess>;
  adapter: Life<AdapterProcess>;
  reconciler: Life<ReconcilerProcess>;
  isDraining = false;
  /** Something was lost for good, and an operator has to have everything told again. */
  isLossy = false;
  repairs = 0;
  /** Hubs or documents were restored from a backup: who had seen what cannot be known any more, only that it is told. */
  isForgetful = false;
  /** Events in the tracker's hands: those of a tracker that dies come again. */
  readonly capturing = new Map<DocumentChange, Actor>();
  #born = 0;
  readonly flaws: Flaws;

  constructor(script: Case, flaws: Flaws = {}) {
    this.script = script;
    this.flaws = flaws;
    this.policy = script.policy;
    this.isMapChanged = script.startsWith === "older";
    this.maps = { tracker: script.startsWith, adapter: script.startsWith, reconciler: script.startsWith };
    this.schedule = new Tape(script.seed, 3);
    this.trouble = new Tape(script.seed, 4);
    this.lives = Array.from({ length: script.members }, () => new Biography());
    this.bus = new SimBus(this.stage, (message) => this.#watchMessage(message));
    this.django.mangling = script.faults.mangled;
    this.django.fake.flaws = flaws.django ?? {};
    this.firestore.fake.flaws = flaws.firestore ?? {};
    this.tracker = this.#startTracker();
    this.adapter = this.#startAdapter();
    this.reconciler = this.#startReconciler();
  }

  breaks(promise: string | undefined): void {
    this.broken ??= promise;
  }

  /** The service dies and starts again with nothing in its memory. What it held comes again. */
  restart(service: Service): void {
    const { actor } = this[service];
    this.stage.kill(actor, () => this.trouble.chance(0.5));
    for (const delivery of this.deliveries) {
      if (delivery.actor !== actor) continue;
      this.deliveries.delete(delivery);
      this.bus.release(delivery.envelope);
    }
    for (const [event, holder] of this.capturing) {
      if (holder !== actor) continue;
      this.capturing.delete(event);
      this.firestore.events.push(event);
    }
    if (service === "tracker") this.tracker = this.#startTracker();
    else if (service === "adapter") {
      this.isDraining = false;
      this.adapter = this.#startAdapter();
    } else this.reconciler = this.#startReconciler();
  }

  hubOf(member: number): Hub | undefined {
    for (const { hub } of this.state.hubs.values()) if (hub.kennitala === KENNITALAS[member]) return hub;
    return undefined;
  }

  /** What a side truly holds of a group. */
  heldBy(side: Side, member: number, group: GroupName): GroupValue | undefined {
    return groupOf(group, this.pathsOf(side, member));
  }

  pathsOf(side: Side, member: number): Paths | undefined {
    const kennitala = KENNITALAS[member] ?? "";
    return side === "django" ? this.django.fake.member(kennitala).row?.values : this.firestore.pathsOf(kennitala);
  }

  /** Whose the mark in a member's document is. */
  markOf(member: number): OwnMark["kind"] {
    const kennitala = KENNITALAS[member] ?? "";
    const snapshot = this.firestore.fake.get(kennitala);
    return snapshot === undefined ? "none" : marked(MARK_KEY, kennitala, snapshot).mark.kind;
  }

  lifeOf(side: Side, member: number): "alive" | "deleted" | "missing" {
    const kennitala = KENNITALAS[member] ?? "";
    if (side === "django") return lifeOfRow(this.django.fake.member(kennitala).row);
    const paths = this.firestore.pathsOf(kennitala);
    return paths === undefined ? "missing" : (paths["metadata.deleted_at"] ?? null) === null ? "alive" : "deleted";
  }

  #actor(name: Service): Actor {
    return { name, isAlive: true };
  }

  #around(actor: Actor) {
    return { publisher: this.bus.publisher(actor, this.trouble), clock: () => Math.floor(this.stage.now), timer: this.stage.timer(actor) };
  }

  #startTracker(): Life<TrackerProcess> {
    const actor = this.#actor("tracker");
    const watch: DocumentWatch = ({ kennitala, set }, before) => {
      const mark = Object.entries(set).filter(([path]) => path.startsWith("metadata.sync."));
      if (!this.oldMarks.has(kennitala)) this.oldMarks.set(kennitala, Object.fromEntries(mark));
      this.marksPutBack.delete(kennitala);
      this.#watchWrite("firestore", kennitala, set, before === undefined ? undefined : dotted(before.data));
    };
    const settings = { fieldMap: MAPS[this.maps.tracker], lineage: this.firestore.fake.lineage };
    return { actor, process: trackerProcess(this.firestore.port(actor, this.trouble, watch), settings, this.#around(actor)) };
  }

  #startAdapter(): Life<AdapterProcess> {
    const actor = this.#actor("adapter");
    const watch = ({ ssn, given, before, stored }: WatchedWrite) => {
      this.#watchWrite("django", ssn, given, before);
      for (const path of Object.keys(stored)) if (stored[path] !== given[path]) this.#watchRewriting(ssn, path);
    };
    return { actor, process: adapterProcess(this.django.port(actor, this.trouble, watch), MAPS[this.maps.adapter], this.#around(actor)) };
  }

  #startReconciler(): Life<ReconcilerProcess> {
    const actor = this.#actor("reconciler");
    const watch: CommitWatch = (before, entry) => this.#watchCommit(before, entry);
    const stores = simStores(
      { state: this.state, memory: this.#memory, stage: this.stage, tape: this.trouble },
      actor,
      watch,
      this.flaws.store,
    );
    const fieldMap = MAPS[this.maps.reconciler];
    const policy = {
      groups: Object.fromEntries(Object.keys(fieldMap.groups).map((group) => [group, this.policy])),
      firestoreDelete: this.script.firestoreDelete,
      maxBounces: 3,
      clockUncertaintyMs: 0,
    };
    const drain = { drain: () => this.adapter.process.drain() };
    const newId = () => `run-${(this.#born += 1)}`;
    const { mode } = this.script;
    return { actor, process: reconcilerProcess({ stores, drain, mode, policy, fieldMap, newId, ...this.#around(actor) }) };
  }

  #watchCommit(before: Hub | undefined, entry: HubCommit): void {
    const life = this.lives[placeOf(entry.hub.kennitala)];
    if (life === undefined) return this.breaks("P1: a hub for a member whom nobody made");
    for (const { outcome, conflictId } of entry.history.flatMap(({ entries }) => entries)) {
      if (outcome === "decided" && before !== undefined) this.breaks(this.#blindDecision(before, conflictId ?? ""));
    }
    this.breaks(takeCommit(life, before, entry, this.isForgetful));
  }

  #blindDecision(before: Hub, conflictId: string): string | undefined {
    const views = this.views.filter((view) => view.conflictId === conflictId);
    return views.some((view) => view.held === heldText(before, view.group))
      ? undefined
      : "a decision was taken on values that nobody had looked at";
  }

  #watchWrite(side: Side, kennitala: string, set: Paths, before: Paths | undefined): void {
    const member = placeOf(kennitala);
    const life = this.lives[member];
    if (life === undefined) return this.breaks("a write for a member whom nobody made");
    life.writes += 1;
    for (const group of GROUPS) {
      const value = groupOf(group, set);
      const broken = value === undefined ? undefined : takeWrite(life, side, group, groupOf(group, before), value);
      if (!this.isForgetful) this.breaks(broken);
    }
    if (set["membership.status"] !== undefined) life.showRemovals(side);
  }

  /** The host's own code makes an edit of its own out of what we wrote, and knows what it altered. */
  #watchRewriting(kennitala: string, path: string): void {
    const member = placeOf(kennitala);
    const group = groupNamed(path.split(".")[1] ?? "") ?? "address";
    queueMicrotask(() => {
      const value = this.heldBy("django", member, group);
      if (value !== undefined) this.lives[member]?.edit("django", group, value);
    });
  }

  /** P10: what travels outside a message's data names nobody. */
  #watchMessage({ attributes }: OutgoingMessage): void {
    for (const value of Object.values(attributes))
      if (placeOf(value) >= 0 && /^\d{10}$/.test(value)) this.breaks("P10: a kennitala in a message's attributes");
  }
}

export function groupOf(group: GroupName, paths: Paths | undefined): GroupValue | undefined {
  if (paths === undefined) return undefined;
  if (group !== "address") return scalar(paths[`profile.${group}`]);
  const [street, city] = [scalar(paths["address.street"]), scalar(paths["address.city"])];
  if (street === undefined && city === undefined) return undefined;
  return (street ?? null) === null && (city ?? null) === null ? null : { street: street ?? null, city: city ?? null };
}

function scalar(value: unknown): string | null | undefined {
  return typeof value === "string" || value === null ? value : undefined;
}

/** Both sides' values of a group, as a person sees them who looks at the hub; in whatever letters a value is written. */
export function heldText(hub: Hub, group: string): string {
  return SIDES.map((side) => {
    const state = hub.sides[side];
    return group === LIFE ? String(state?.life === "alive") : keyOf(state?.shadow[group]);
  }).join(" and ");
}
