import { dotted } from "@member-sync/fakes/nested.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { DocumentChange } from "@member-sync/tracker/app/ports.ts";
import { forget } from "./forget.ts";
import { GROUPS, keyOf, placeOf, type GroupName } from "./rules.ts";
import type { Envelope } from "./sim-bus.ts";
import type { Fate } from "./stage.ts";
import { groupOf, SERVICES, type World } from "./world.ts";

/** How much of the trouble is on: all of it, what may still come while things settle, or none. */
export type Weather = "storm" | "settling" | "calm";

const BROWN_OUT_MS = 20_000;
const brownOuts = new WeakMap<World, { target: string; until: number }>();

/** What the schedule may pick from, and how often. */
interface Option {
  readonly weight: number;
  readonly take: () => string;
}

/** Carries out one step that is not people's: a call, a delivery, an event, a look at the outbox, a wait that ends. */
export function step(world: World, weather: Weather): string | undefined {
  const trouble = weather === "calm" ? undefined : faultStep(world, weather);
  if (trouble !== undefined) return trouble;
  const options = optionsOf(world, weather);
  const total = options.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  let draw = world.schedule.below(total);
  for (const { weight, take } of options) {
    if (draw < weight) return take();
    draw -= weight;
  }
  return undefined;
}

function optionsOf(world: World, weather: Weather): readonly Option[] {
  const { stage, bus, firestore, django } = world;
  const free = bus.waiting.filter(({ inHand }) => inHand === 0);
  const options: Option[] = [];
  if (stage.calls.length > 0) options.push({ weight: 8, take: () => carryOut(world, weather) });
  if (free.length > 0) options.push({ weight: 6, take: () => deliver(world, world.schedule.pick(free)) });
  if (firestore.events.length > 0) options.push({ weight: 5, take: () => tellTracker(world) });
  if (django.fake.pending().length > 0 && !world.isDraining) options.push({ weight: 4, take: () => drain(world) });
  const alarm = stage.nextAlarm();
  if (alarm !== undefined) options.push({ weight: 1, take: () => wake(world, alarm) });
  return options;
}

function carryOut(world: World, weather: Weather): string {
  const { calls } = world.stage;
  const index = world.schedule.below(calls.length);
  const fate = weather === "calm" ? "done" : fateOf(world, calls[index]?.target ?? "");
  return world.stage.carryOut(index, fate);
}

function fateOf(world: World, target: string): Fate {
  const { faults } = world.script;
  const brownOut = brownOuts.get(world);
  if (brownOut !== undefined && brownOut.until > world.stage.now && brownOut.target === target) {
    return world.trouble.chance(0.8) ? world.trouble.pick(["failed", "lost"] as const) : "done";
  }
  if (world.trouble.chance(faults.failed)) return "failed";
  return world.trouble.chance(faults.lost) ? "lost" : "done";
}

/** Hands one message to its consumer. A second copy may be in somebody's hands already. */
export function deliver(world: World, envelope: Envelope): string {
  const { message } = envelope;
  const { subscription } = message;
  const service = SERVICES.find((name) => world[name].process.handlers[subscription] !== undefined);
  if (service === undefined) {
    world.bus.finish(envelope);
    return `nobody consumes ${subscription}`;
  }
  const { actor, process } = world[service];
  const handler = process.handlers[subscription];
  const delivery = { envelope, actor };
  envelope.inHand += 1;
  world.deliveries.add(delivery);
  if (world.flaws.acknowledgesEarly === true) world.bus.finish(envelope);
  const end = (isDone: boolean) => {
    world.deliveries.delete(delivery);
    if (isDone) world.bus.finish(envelope);
    else world.bus.release(envelope);
  };
  void Promise.resolve(handler?.(message)).then(
    (verdict) => end(verdict === "ack"),
    () => end(false),
  );
  return `${subscription} delivers`;
}

/** Brings one event to the tracker, any of those that wait; one that is not captured comes again. */
function tellTracker(world: World): string {
  const { events } = world.firestore;
  const at = world.schedule.below(events.length);
  const [event] = events.splice(at, 1);
  if (event === undefined) return "no event";
  capture(world, event);
  return `an event of ${event.kennitala.slice(0, 2)} at ${event.eventTime}`;
}

function capture(world: World, event: DocumentChange): void {
  const { actor, process } = world.tracker;
  const again = () => void world.firestore.events.push(event);
  world.capturing.set(event, actor);
  process.capture(event).then(
    () => void world.capturing.delete(event),
    () => {
      world.capturing.delete(event);
      again();
    },
  );
}

function drain(world: World): string {
  world.isDraining = true;
  const { actor, process } = world.adapter;
  const ended = () => {
    if (actor === world.adapter.actor) world.isDraining = false;
  };
  process.drain().then(ended, ended);
  return "the adapter looks at the outbox";
}

function wake(world: World, alarm: number): string {
  world.stage.pass(Math.max(0, alarm - world.stage.now));
  return "a wait ends";
}

/** Trouble that comes by itself. What may lose things for good does not come any more while things settle. */
function faultStep(world: World, weather: Weather): string | undefined {
  const { faults } = world.script;
  const { trouble, bus, stage, firestore, django } = world;
  if (trouble.chance(faults.crash)) {
    const service = trouble.pick(SERVICES);
    world.restart(service);
    return `${service} dies`;
  }
  if (bus.waiting.length > 0 && trouble.chance(faults.duplicate)) return `again: ${deliver(world, trouble.pick(bus.waiting))}`;
  if (bus.past.length > 0 && trouble.chance(faults.late)) {
    bus.repeat(trouble.pick(bus.past));
    return "an old message comes again";
  }
  if (trouble.chance(faults.skew)) {
    django.skewMs = (trouble.below(9) - 4) * 1_800_000;
    django.tickMs = trouble.pick([1, 1000, 60_000]);
    return `Django's clock is off by ${django.skewMs}`;
  }
  if (trouble.chance(faults.brownOut)) {
    brownOuts.set(world, { target: trouble.pick(["store", "bus", "django", "firestore"]), until: stage.now + BROWN_OUT_MS });
    return "something browns out";
  }
  if (weather !== "storm") return undefined;
  if (bus.waiting.length > 0 && trouble.chance(faults.drop)) {
    bus.lose(trouble.pick(bus.waiting));
    world.isLossy = true;
    return "a message is lost for good";
  }
  if (firestore.events.length > 0 && trouble.chance(faults.lostEvent)) {
    const lost = firestore.events.splice(trouble.below(firestore.events.length), 1);
    for (const change of lost) forgiveWiped(world, change);
    world.isLossy = true;
    return "an event is lost for good";
  }
  return undefined;
}

/** Of a value that was never heard of, the event that took it out of the document told alone. */
function forgiveWiped(world: World, { kennitala, before, after }: DocumentChange): void {
  const life = world.lives[placeOf(kennitala)];
  for (const group of GROUPS) {
    const edit = life?.find(group, groupIn(group, before));
    if (edit !== undefined && keyOf(groupIn(group, after)) === "" && life?.isHeard(edit) === false) edit.isUnseen = true;
  }
}

function groupIn(group: GroupName, snapshot: DocumentChange["before"]): GroupValue | undefined {
  return snapshot === undefined ? undefined : groupOf(group, dotted(snapshot.data));
}

export function sweep(world: World): string {
  if (world.flaws.neverSweeps === true) return "no sweep";
  forget(world.reconciler.process.useCases.sweep());
  return "sweep";
}
