import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { simulate } from "../sim/run.ts";

/** Seeds `from`, `from + stride`, … until `count` were played or the deadline (epoch milliseconds) has passed. */
const orders = z.object({ from: z.number(), stride: z.number(), count: z.number(), until: z.number(), length: z.number().optional() });

const REPORT_EVERY = 50;

const { from, stride, count, until, length } = orders.parse(workerData);
// Thousands of errors are made on purpose here, and nobody reads where they came from.
Error.stackTraceLimit = 0;
let steps = 0;
let seeds = 0;
const report = () => {
  parentPort?.postMessage({ seeds, steps });
  seeds = 0;
  steps = 0;
};
for (let played = 0; played < count && Date.now() < until; played += 1) {
  const outcome = await simulate(from + played * stride, { length });
  steps += outcome.steps;
  seeds += 1;
  if (outcome.broken !== undefined)
    parentPort?.postMessage({ seeds: 0, steps: 0, failure: { seed: outcome.seed, broken: outcome.broken } });
  if (seeds === REPORT_EVERY) report();
}
report();
