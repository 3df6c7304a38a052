import type { Progress } from "@member-sync/local-stack/progress.ts";
import type { Arm, Delivery } from "../arms/arm.ts";
import { startArms } from "../bulk/start-arms.ts";
import { startEventDoor } from "../world/event-door.ts";
import { startWorld, type World } from "../world/world.ts";
import { createCrosser, until, type Crossing } from "./crossings.ts";
import { openParts, type PartTimes } from "./parts.ts";

export interface LatencyPlan {
  readonly deliveries: readonly Delivery[];
  /** Edits each way. */
  readonly edits: number;
  readonly everyMs: number;
}

/** One delivery's run. */
export interface LatencyResult {
  readonly delivery: Delivery;
  readonly crossings: readonly Noticed[];
  readonly parts: readonly PartTimes[];
  readonly webhooks: readonly Crossing[];
}

/** A crossing of member-sync, and when its service heard that there was something (epoch ms). */
export type Noticed = Crossing & { readonly noticedAt: number | undefined };

const MEMBERS = 120;
const WARM_UP = 10;
/** After an edit has crossed, and before the next one is due. */
const PARTS_AFTER_MS = 260;
/** A listener is set up before its edit is due. */
const HEAD_START_MS = 100;

/** Single edits of a quiet system, beside the parts that they are made of and beside bare webhooks, all in one run. */
export async function runLatency(plan: LatencyPlan, progress: Progress): Promise<readonly LatencyResult[]> {
  const results: LatencyResult[] = [];
  for (const delivery of plan.deliveries) results.push(await runOne(plan, delivery, progress));
  return results;
}

async function runOne({ edits, everyMs }: LatencyPlan, delivery: Delivery, progress: Progress): Promise<LatencyResult> {
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await startWorld(progress));
  const door = cleanup.use(await startEventDoor());
  const specs = [
    { name: "member-sync", label: `member-sync ${delivery}`, delivery, isLive: true, door },
    { name: "webhooks", label: "webhooks", delivery },
  ] as const;
  const [memberSync, webhooks] = await startArms(world, specs, { each: MEMBERS }, cleanup);
  if (memberSync === undefined || webhooks === undefined) throw new Error("an arm is missing");
  const parts = cleanup.use(await openParts(world, delivery));

  await memberSync.wake();
  await play(world, memberSync, WARM_UP, everyMs, () => parts.measure());
  const { crossings, times } = await progress.step(`${edits} edits each way, ${delivery}, one every ${everyMs} ms`, () =>
    play(world, memberSync, edits, everyMs, () => parts.measure()),
  );
  await memberSync.settle();
  await memberSync.rest();
  const noticed = crossings.map((crossing) => ({
    ...crossing,
    noticedAt: crossing.way === "to-django" ? door.lastOf(crossing.kennitala) : world.nudges.firstAfter(crossing.committedAt),
  }));

  await play(world, webhooks, WARM_UP, everyMs / 5);
  const bare = await progress.step("The same by bare webhooks", () => play(world, webhooks, edits, everyMs / 5));
  return { delivery, crossings: noticed, parts: times, webhooks: bare.crossings };
}

/** An open loop: each edit has its due time, and the next one does not wait for it. */
async function play(world: World, arm: Arm, edits: number, everyMs: number, measure?: () => Promise<PartTimes>) {
  using crosser = await createCrosser(world, arm);
  const start = Date.now() + 2 * HEAD_START_MS;
  const crossings: Promise<Crossing>[] = [];
  const times: PartTimes[] = [];
  for (let turn = 0; turn < 2 * edits; turn += 1) {
    const dueAt = start + turn * everyMs;
    const kennitala = arm.members[turn % arm.members.length] ?? "";
    await until(dueAt - HEAD_START_MS);
    const crossing = turn % 2 === 0 ? crosser.toFirestore(kennitala, dueAt) : crosser.toDjango(kennitala, dueAt);
    crossing.catch(() => undefined);
    crossings.push(crossing);
    if (measure === undefined) continue;
    await until(dueAt + PARTS_AFTER_MS);
    times.push(await measure());
  }
  return { crossings: await Promise.all(crossings), times };
}
