import { setTimeout as delay } from "node:timers/promises";
import { emailsInDjango, phonesInFirestore } from "@member-sync/local-stack/burst/arrivals.ts";
import type { Progress } from "@member-sync/local-stack/progress.ts";
import type { Arm, Delivery } from "../arms/arm.ts";
import { startArms } from "../bulk/start-arms.ts";
import { memoryOf, peaksOf } from "../measure/processes.ts";
import { watchArrivals } from "../world/arrivals.ts";
import { editInFirestore, eventsBetween, standingsOf } from "../world/member-documents.ts";
import { postEvents } from "../world/post-events.ts";
import { startWorld, type World } from "../world/world.ts";

export interface SoakPlan {
  readonly delivery: Delivery;
  /** Of both directions together. */
  readonly changes: number;
  readonly members: number;
  /** Edits on each side at once. */
  readonly chunk: number;
  readonly perSecond: number;
}

/** What each service held after so many changes, once it had come to rest. */
export interface SoakSample {
  readonly changes: number;
  readonly restMiB: Readonly<Record<string, number>>;
  readonly peakMiB: Readonly<Record<string, number>>;
}

const SAMPLES = 10;
const ARRIVAL_MS = 120_000;
/** Long enough for a garbage collection in an idle process, and for its timers. */
const REST_MS = 5_000;

/** Drives changes through member-sync at a steady rate, and looks at its memory ten times on the way. */
export async function runSoak(plan: SoakPlan, progress: Progress, onSample: (sample: SoakSample) => void): Promise<readonly SoakSample[]> {
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await startWorld(progress));
  const label = `member-sync ${plan.delivery}`;
  const [arm] = await startArms(world, [{ name: "member-sync", label, delivery: plan.delivery }], { each: plan.members }, cleanup);
  if (arm === undefined) throw new Error("there is no arm");
  await arm.wake();
  const samples: SoakSample[] = [];
  const every = plan.changes / SAMPLES;
  let made = 0;
  while (made < plan.changes) {
    const due = Date.now() + (2 * plan.chunk * 1_000) / plan.perSecond;
    await drive(world, arm, plan.chunk);
    made += 2 * plan.chunk;
    await delay(Math.max(0, due - Date.now()));
    if (made < every * (samples.length + 1)) continue;
    const sample = await restingSample(arm, made);
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

async function drive(world: World, arm: Arm, count: number): Promise<void> {
  const edits = world.newEdits(arm.members.slice(0, count));
  const kennitalas = edits.map(({ kennitala }) => kennitala);
  const before = await standingsOf(arm.firestore, kennitalas);
  await editInFirestore(arm.firestore, edits);
  const events = eventsBetween(arm.projectId, before, await standingsOf(arm.firestore, kennitalas));
  await world.editor.edit(edits);
  using emails = emailsInDjango(world.django.databaseFile);
  await Promise.all([
    arm.begin(edits, edits),
    postEvents(arm.eventsUrl ?? "", events),
    watchArrivals(phonesInFirestore(arm.firestore), new Map(edits.map(({ kennitala, phone }) => [kennitala, phone])), ARRIVAL_MS),
    watchArrivals(emails, new Map(edits.map(({ kennitala, email }) => [kennitala, email])), ARRIVAL_MS),
  ]);
}

async function restingSample(arm: Arm, changes: number): Promise<SoakSample> {
  await arm.settle();
  await delay(REST_MS);
  return { changes, restMiB: memoryOf(arm.pids()), peakMiB: peaksOf(arm.pids()) };
}
