import { nested, type Paths } from "@member-sync/fakes/nested.ts";
import { isInSync } from "@member-sync/reconciler/core/in-sync.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import { deploy } from "../sim/acts.ts";
import { dumpSide, restoreSide } from "../sim/restores.ts";
import { KENNITALAS, REFS } from "../sim/rules.ts";
import { step, sweep } from "../sim/schedule.ts";
import { turn } from "../sim/stage.ts";
import { World } from "../sim/world.ts";

const NO_FAULTS = { crash: 0, duplicate: 0, late: 0, drop: 0, lostEvent: 0, failed: 0, lost: 0, mangled: 0, brownOut: 0, skew: 0 };
const PORTAL = { authType: "user", authId: "uid-1" } as const;
const HOUR = 3_600_000;
const MOST_STEPS = 4_000;
export const MEMBER = KENNITALAS[0] ?? "";

type Messages = readonly World["bus"]["waiting"][number][];

/**
 * One member on the simulation's two sides with the services' own code between them, and somebody who decides what is
 * written, and what is delivered when. Nothing fails by itself.
 */
export class Bench {
  readonly world: World;

  constructor(policy: GroupPolicy = { kind: "lww", windowMs: HOUR }) {
    this.world = new World({
      seed: 1,
      members: 3,
      mode: "realtime",
      policy,
      firestoreDelete: "deactivate",
      intents: [],
      startsWith: "newer",
      faults: NO_FAULTS,
      steps: 0,
    });
  }

  /** Runs until nothing moves. */
  async drain(): Promise<void> {
    for (let count = 0; count < MOST_STEPS; count += 1) {
      this.world.stage.pass(1);
      const told = step(this.world, "calm");
      await turn();
      if (told === undefined) return;
    }
    throw new Error("it does not come to rest");
  }

  /** Runs until nothing moves, hours pass, and sweeps find nothing more to do. */
  async rest(rounds = 4): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await this.drain();
      this.pass(2 * HOUR);
      sweep(this.world);
      await turn();
    }
    await this.drain();
  }

  pass(ms: number): void {
    this.world.stage.pass(ms);
  }

  /** The portal's `update()` with dotted paths; `undefined` deletes a field. */
  update(set: Paths): void {
    this.world.firestore.fake.patch(MEMBER, nested(set), Object.keys(set), PORTAL);
  }

  /** The portal's `set()` without merge. */
  set(data: Record<string, unknown>): void {
    this.world.firestore.fake.patch(MEMBER, data, undefined, PORTAL);
  }

  remove(): void {
    this.world.firestore.fake.delete(MEMBER, PORTAL);
  }

  staff(set: Paths): void {
    this.world.django.save(MEMBER, set);
  }

  staffRemove(): void {
    this.world.django.remove(MEMBER);
  }

  row(): Paths | undefined {
    return this.world.django.fake.member(MEMBER).row?.values;
  }

  document(): Paths | undefined {
    return this.world.firestore.pathsOf(MEMBER);
  }

  /** The map of our mark, as a client reads it. */
  mark(): unknown {
    const metadata = this.world.firestore.fake.get(MEMBER)?.data["metadata"];
    return typeof metadata === "object" && metadata !== null && "sync" in metadata ? metadata.sync : undefined;
  }

  inSync(): boolean {
    const hub = this.world.hubOf(0);
    return hub !== undefined && isInSync(hub);
  }

  /** Groups with an open conflict. */
  open(): readonly string[] {
    return [...this.world.state.conflicts.values()].flatMap(({ state, group }) => (state === "open" ? [group] : []));
  }

  /** What the history says of a group: side and value of each entry. */
  history(of: string): readonly (readonly [side: string, value: unknown])[] {
    const records = [...(this.world.state.history.get(REFS[0] ?? "")?.values() ?? [])];
    const entries = records.flatMap(({ record }) => record.entries);
    return entries.flatMap(({ group, side, value }) => (group === of ? [[side, value] as const] : []));
  }

  dump(side: Side): void {
    dumpSide(this.world, side);
  }

  restore(side: Side): void {
    restoreSide(this.world, side);
  }

  async confirm(side: Side, lineage?: string): Promise<void> {
    const request = { side, reason: "a dump", ...(lineage !== undefined && { lineage }) };
    const confirmed = this.world.reconciler.process.useCases.confirmRestore(request, "operator");
    await this.drain();
    await confirmed;
    await this.drain();
  }

  /** Asks both sides, or one, what they hold of every member. */
  async lookAtAll(side?: Side): Promise<void> {
    const looked = this.world.reconciler.process.useCases.backfill(side === undefined ? {} : { side });
    await this.drain();
    await looked;
    await this.drain();
  }

  async pause(): Promise<void> {
    const paused = this.world.reconciler.process.useCases.control({ paused: true, direction: "both", reason: null });
    await this.drain();
    await paused;
  }

  deploy(service: "tracker" | "adapter" | "reconciler", map: "older" | "newer"): void {
    deploy(this.world, service, map);
  }

  takeEvents(): World["firestore"]["events"] {
    return this.world.firestore.events.splice(0);
  }

  putEvents(events: World["firestore"]["events"]): void {
    this.world.firestore.events.push(...events);
  }

  /** Runs until messages of a subscription are there, and keeps them back. */
  async until(subscription: string): Promise<Messages> {
    for (let count = 0; count < MOST_STEPS; count += 1) {
      const taken = this.#take(subscription);
      if (taken.length > 0) return taken;
      this.world.stage.pass(1);
      if (step(this.world, "calm") === undefined) break;
      await turn();
    }
    return this.#take(subscription);
  }

  deliver(messages: Messages): void {
    this.world.bus.waiting.push(...messages);
  }

  #take(subscription: string): Messages {
    const { waiting } = this.world.bus;
    const taken = waiting.filter(({ message, inHand }) => message.subscription === subscription && inHand === 0);
    for (const one of taken) waiting.splice(waiting.indexOf(one), 1);
    return taken;
  }
}

/** A member whom both sides hold. */
export async function knownMember(policy?: GroupPolicy): Promise<Bench> {
  const bench = new Bench(policy);
  bench.staff({ "profile.name": "Nafn 0", "profile.email": "e0@daemi.is", "address.street": "Gata 0", "address.city": "Bær 0" });
  await bench.rest(1);
  return bench;
}
