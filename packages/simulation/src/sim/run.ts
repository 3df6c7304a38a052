import { isDue } from "@member-sync/reconciler/core/hub-index.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { caseOf, type Case } from "./case.ts";
import { act, deploy } from "./acts.ts";
import { forgeLate } from "./mischief.ts";
import { forget } from "./forget.ts";
import { replayAll, type Minds } from "./people.ts";
import { confirmRestore, lookAtDjango } from "./restores.ts";
import { MAPPED_SERVICES } from "./trials.ts";
import { brokenAtRest } from "./rest-promises.ts";
import { step, sweep, type Weather } from "./schedule.ts";
import { turn } from "./stage.ts";
import { World, type Flaws } from "./world.ts";

/** How one simulated history ended. */
export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** Equal for equal histories: a seed that is played again must give it again. */
  readonly hash: number;
  readonly broken?: string;
}

const HOUR = 3_600_000;
const STEPS_TO_SETTLE = 6_000;
/** Rounds with trouble still on; from then on it ends. */
const CALM_FROM = 1;
const ROUNDS = 14;

/** `tell` hears each step as it is done. */
export interface PlayOptions {
  /** Steps before people stop, instead of what the seed says. */
  readonly length?: number | undefined;
  /** Shown the world when everything has come to rest. */
  readonly look?: (world: World) => void;
  readonly tell?: (step: string) => void;
  readonly flaws?: Flaws;
}

/** Plays the history that a seed stands for. */
export function simulate(seed: number, options: PlayOptions = {}): Promise<Outcome> {
  return play(caseOf(seed, options.length), options);
}

/** Plays a case from its beginning until nothing moves, checking every promise at every step and at the end. */
export async function play(script: Case, options: PlayOptions = {}): Promise<Outcome> {
  const player = new Player(script, options);
  await player.live();
  if (player.world.broken === undefined) await player.settle();
  if (player.world.broken === undefined) player.look();
  const { broken } = player.world;
  options.look?.(player.world);
  return { seed: script.seed, steps: player.steps, hash: player.hash >>> 0, ...(broken !== undefined && { broken }) };
}

class Player {
  readonly world: World;
  readonly minds: Minds = { named: 0 };
  steps = 0;
  hash = 0x811c_9dc5;
  readonly #script: Case;
  readonly #tell: PlayOptions["tell"];

  constructor(script: Case, { tell, flaws }: PlayOptions) {
    this.#script = script;
    this.#tell = tell;
    this.world = new World(script, flaws);
  }

  /** People do what they mean to do, while everything else goes on, and goes wrong. */
  async live(): Promise<void> {
    const { intents, steps } = this.#script;
    let next = 0;
    for (let count = 0; count < steps || next < intents.length; count += 1) {
      const intent = intents[next];
      const isPeoplesTurn = intent !== undefined && (this.world.schedule.below(steps) < intents.length * 1.3 || count > steps * 2);
      if (isPeoplesTurn) next += 1;
      const told = isPeoplesTurn ? act(this.world, this.minds, intent) : (step(this.world, "storm") ?? this.#idle());
      await this.#end(told);
      if (this.world.broken !== undefined) return;
    }
  }

  /** People stop. Trouble goes on for some rounds; then it ends too, and everything must come to rest. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const weather: Weather = round < CALM_FROM ? "settling" : "calm";
      this.#operate(round);
      await this.#end(`round ${round}`);
      for (let count = 0; ; count += 1) {
        const told = step(this.world, weather);
        if (told === undefined) break;
        await this.#end(told);
        if (this.world.broken !== undefined) return;
        if (count > STEPS_TO_SETTLE) return this.world.breaks("P3: it never comes to rest");
      }
      if (round >= (this.world.isLossy ? CALM_FROM + 3 : CALM_FROM + 1) && this.#isQuiet()) return;
    }
    this.world.breaks(`P2: it does not come to rest: ${this.#unrest()}`);
  }

  look(): void {
    for (const member of this.world.lives.keys()) this.world.breaks(brokenAtRest(this.world, member));
  }

  /** What an operator and the schedules do as time passes. */
  #operate(round: number): void {
    const { world } = this;
    const { state } = world;
    world.stage.pass(round < CALM_FROM ? 40_000 : 2 * HOUR);
    if (state.control !== undefined && (state.control.paused || state.control.direction !== "both"))
      forget(world.reconciler.process.useCases.control({ paused: false, direction: "both", reason: null }));
    if (round === 1) forgeLate(world, this.minds);
    for (const service of MAPPED_SERVICES) deploy(world, service, "newer");
    if (round >= CALM_FROM) for (const side of SIDES) confirmRestore(world, side);
    if (world.isLossy && (round === CALM_FROM || round === CALM_FROM + 2)) {
      world.repairs += 2;
      repair(world);
    }
    if (round >= CALM_FROM) replayAll(world);
    if (this.#script.mode === "scheduled") forget(world.reconciler.process.useCases.flush());
    else sweep(world);
  }

  #isQuiet(): boolean {
    return this.#unrest() === "";
  }

  #unrest(): string {
    const { stage, bus, firestore, django, state } = this.world;
    if (stage.calls.length > 0) return `${stage.calls.length} calls under way`;
    if (bus.waiting.length > 0) return `${bus.waiting.length} messages wait`;
    if (firestore.events.length > 0 || django.fake.pending().length > 0) return "a side has more to tell";
    for (const { hub } of state.hubs.values()) {
      if (hub.out.django !== undefined || hub.out.firestore !== undefined) return "a command stays in flight";
      if (hub.waiting.django !== undefined || hub.waiting.firestore !== undefined) return "an observation waits for a flush";
      if (isDue(hub)) return "an accepted edit is never sent";
    }
    return [...state.deadLetters.values()].some((letter) => letter.state === "open" && letter.memberRef !== null)
      ? "a dead letter is open"
      : "";
  }

  #idle(): string {
    const { world } = this;
    world.stage.pass(world.schedule.pick([1_000, 31_000, 700_000]));
    return sweep(world);
  }

  async #end(told: string): Promise<void> {
    this.steps += 1;
    this.world.stage.pass(this.world.schedule.below(40));
    for (let at = 0; at < told.length; at += 3) this.hash = Math.imul(this.hash ^ told.charCodeAt(at), 0x0100_0193);
    await turn();
    this.#tell?.(told);
  }
}

/** Has both sides tell everything again, which finds whatever was lost on its way; removals included. */
function repair({ tracker, django, firestore, state, restores, bus, stage }: World): void {
  forget(tracker.process.backfill());
  django.backfill();
  if (restores.ended.django.length > 0) lookAtDjango({ state, bus, stage });
  for (const { hub } of state.hubs.values()) {
    if (hub.sides.firestore !== undefined && hub.sides.firestore.life !== "missing") firestore.tellGone(hub.kennitala);
  }
}
