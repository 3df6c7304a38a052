import type { Progress } from "@member-sync/local-stack/progress.ts";
import type { Arm, ArmName, Delivery } from "../arms/arm.ts";
import { startWorld, type World } from "../world/world.ts";
import { playRound, type RoundResult } from "./round.ts";
import { armSpecs, startArms } from "./start-arms.ts";

export interface BulkPlan {
  readonly changes: readonly number[];
  readonly members: readonly number[];
  readonly delaysMs: readonly number[];
  readonly rounds: number;
  readonly arms: readonly ArmName[];
  readonly deliveries: readonly Delivery[];
  /** Member-sync once more, with the emulator's own trigger. */
  readonly liveTrigger: boolean;
}

/** One round, and how many members each arm had. */
export type BulkResult = RoundResult & { readonly members: number };

/** The most changes of a warm-up: more would only take longer. */
const WARM_UP = 1_000;
const WARM_UPS = 2;
/** Of so many members some are edited, and somewhat more than there are changes: they meet as often whatever the membership. */
const LEAST_EDITED = 1_200;

/** Plays every round of a plan, in a world of its own for each number of members. */
export async function runBulk(plan: BulkPlan, progress: Progress, onResult: (result: BulkResult) => void): Promise<void> {
  for (const members of plan.members) {
    await using cleanup = new AsyncDisposableStack();
    const world = cleanup.use(await startWorld(progress));
    const sizes = plan.changes.filter((changes) => changes <= members);
    const edited = Math.min(members, Math.max(LEAST_EDITED, ...sizes.map((changes) => Math.ceil(changes * 1.2))));
    const arms = await startArms(world, armSpecs(plan.arms, plan.deliveries, plan.liveTrigger), { each: members, edited }, cleanup);
    for (let time = 1; time <= WARM_UPS; time += 1) await warmUp(world, arms, Math.min(WARM_UP, ...sizes.slice(-1)));
    for (const delayMs of plan.delaysMs) {
      for (const changes of sizes) {
        for (let round = 0; round < plan.rounds; round += 1) {
          const results = await playAll(world, rotated(arms, round), { round, changes, delayMs });
          for (const result of results) onResult({ ...result, members });
        }
      }
    }
  }
}

async function warmUp(world: World, arms: readonly Arm[], changes: number): Promise<void> {
  await world.progress.step(`Warming up with ${changes} changes each way`, () => playAll(world, arms, { round: -1, changes, delayMs: 0 }));
}

async function playAll(
  world: World,
  arms: readonly Arm[],
  spec: { readonly round: number; readonly changes: number; readonly delayMs: number },
): Promise<readonly RoundResult[]> {
  const results: RoundResult[] = [];
  for (const arm of arms) {
    const name = `${arm.label}: ${spec.changes} each way, Django ${spec.delayMs} ms, round ${spec.round + 1}`;
    results.push(
      await world.progress.step(name, async (detail) => {
        const result = await playRound(world, arm, spec);
        detail(`: ${Math.round(result.perSecond)} changes/s`);
        return result;
      }),
    );
  }
  return results;
}

/** Each round begins with another arm. */
function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
