import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { plan } from "../src/core/plan.ts";
import { POLICY, type Case } from "./cases.ts";
import { NOON } from "./members.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes of live objects, after a full collection. */
export function liveBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Milliseconds of one core that it takes to plan these cases, one after the other. */
export function planningMs(cases: readonly Case[]): number {
  let written = 0;
  const took = coreMs(() => {
    for (const { hub, observation } of cases) written += plan(hub, [observation], POLICY, NOON).hub.rev;
  });
  if (written === 0) throw new Error("nothing was planned");
  return took;
}

/**
 * Processor time of this thread, which does not count what others do on the same core. Some systems tell it in steps
 * of four milliseconds: only sums over many chunks mean anything.
 */
export function coreMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
