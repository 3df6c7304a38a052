import { emailsInDjango, phonesInFirestore } from "@member-sync/local-stack/burst/arrivals.ts";
import { billBetween, type Bill } from "@member-sync/local-stack/bill.ts";
import type { Arm } from "../arms/arm.ts";
import { cpuOf, difference, forgetPeaks, peaksOf } from "../measure/processes.ts";
import { watchArrivals, type Arrivals } from "../world/arrivals.ts";
import { pick, type Edit } from "../world/edits.ts";
import { editInFirestore, eventsBetween, standingsOf } from "../world/member-documents.ts";
import type { DocumentEvent } from "../world/events.ts";
import { postEvents } from "../world/post-events.ts";
import type { World } from "../world/world.ts";

const DEADLINE_MS = 60_000;
const DEADLINE_PER_CHANGE_MS = 50;

/** How one arm fared with one burst of edits on both sides. */
export interface RoundResult {
  readonly label: string;
  readonly round: number;
  /** On each side. */
  readonly changes: number;
  readonly delayMs: number;
  /** From the commit of all edits to the last arrival, either way. */
  readonly seconds: number;
  readonly toFirestoreSeconds: number;
  readonly toDjangoSeconds: number;
  /** Changes of both directions by that time. */
  readonly perSecond: number;
  /** From the commit to being readable on the other side, of the edits that were watched. */
  readonly latenciesMs: readonly number[];
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly peakMiB: Readonly<Record<string, number>>;
  /** Over both directions. */
  readonly counts: Bill | undefined;
}

export interface RoundSpec {
  readonly round: number;
  readonly changes: number;
  readonly delayMs: number;
}

/** Plays one round of one arm; nothing of it is on its way when it ends, and no other arm sees anything of it. */
export async function playRound(world: World, arm: Arm, spec: RoundSpec): Promise<RoundResult> {
  try {
    return await play(world, arm, spec);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error([`${arm.label}: ${reason}`, ...arm.lastWords()].join("\n    "), { cause: error });
  }
}

async function play(world: World, arm: Arm, { round, changes, delayMs }: RoundSpec): Promise<RoundResult> {
  world.proxy.delayMs = delayMs;
  await arm.wake();
  const newEdits = () => world.newEdits(pick(arm.members, changes));
  const edits: BothSides = { inDjango: newEdits(), inPortal: newEdits() };
  const events = arm.isLive ? [] : await editAsPortal(arm, edits.inPortal);
  const pids = { ...arm.pids(), ...worldPids(world) };
  const countsBefore = await arm.counts();
  const cpuBefore = cpuOf(pids);
  forgetPeaks(pids);

  const committedAt = await commit(world, arm, edits);
  const [toFirestore, toDjango] = await cross(world, arm, edits, events);
  await arm.settle();

  const cpuMs = difference(cpuBefore, cpuOf(pids));
  const peakMiB = peaksOf(pids);
  const countsAfter = await arm.counts();
  const counts = countsBefore && countsAfter && billBetween(countsBefore, countsAfter);
  await arm.rest();
  world.proxy.delayMs = 0;
  await world.editor.markOutbox();
  const since = (at: number) => Math.max(1, at - committedAt);
  const seconds = since(Math.max(toFirestore.last, toDjango.last)) / 1_000;
  return {
    label: arm.label,
    round,
    changes: edits.inDjango.length,
    delayMs,
    seconds,
    toFirestoreSeconds: since(toFirestore.last) / 1_000,
    toDjangoSeconds: since(toDjango.last) / 1_000,
    perSecond: (edits.inDjango.length + edits.inPortal.length) / seconds,
    latenciesMs: [...toFirestore.sample, ...toDjango.sample].map(since),
    cpuMs,
    peakMiB,
    counts,
  };
}

/** Which members are edited is chosen on each side by itself: some are edited on both. */
interface BothSides {
  readonly inDjango: readonly Edit[];
  readonly inPortal: readonly Edit[];
}

/** The moment at which the edits of both sides stand. A live trigger starts with the first of them, so that they are made at once. */
async function commit(world: World, arm: Arm, { inDjango, inPortal }: BothSides): Promise<number> {
  const inFirestore = arm.isLive ? editInFirestore(arm.firestore, inPortal) : Promise.resolve(0);
  return Math.max(...(await Promise.all([world.editor.edit(inDjango), inFirestore])));
}

/** The portal's edits, and the events that Firestore makes of them. */
async function editAsPortal(arm: Arm, edits: readonly Edit[]): Promise<readonly DocumentEvent[]> {
  const kennitalas = edits.map(({ kennitala }) => kennitala);
  const before = await standingsOf(arm.firestore, kennitalas);
  await editInFirestore(arm.firestore, edits, arm.alsoWrite);
  return eventsBetween(arm.projectId, before, await standingsOf(arm.firestore, kennitalas));
}

async function cross(
  world: World,
  arm: Arm,
  { inDjango, inPortal }: BothSides,
  events: readonly DocumentEvent[],
): Promise<readonly [Arrivals, Arrivals]> {
  using emails = emailsInDjango(world.django.databaseFile);
  const posting = arm.eventsUrl === undefined ? Promise.resolve() : postEvents(arm.eventsUrl, events);
  const deadlineMs = DEADLINE_MS + inDjango.length * DEADLINE_PER_CHANGE_MS;
  const expectedPhones = new Map(inDjango.map(({ kennitala, phone }) => [kennitala, phone]));
  const expectedEmails = new Map(inPortal.map(({ kennitala, email }) => [kennitala, email]));
  const [toFirestore, toDjango] = await Promise.all([
    watchArrivals(phonesInFirestore(arm.firestore), expectedPhones, deadlineMs),
    watchArrivals(emails, expectedEmails, deadlineMs),
    posting,
    arm.begin(inDjango, inPortal),
  ]);
  return [toFirestore, toDjango];
}

function worldPids(world: World) {
  const served = Object.entries(world.processes).map(([name, process]) => [name, process?.pid()] as const);
  return { ...Object.fromEntries(served), bench: process.pid };
}
