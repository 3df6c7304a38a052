import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { playFleet, type Tally } from "./fleet.ts";

const HELP = `The long tests: the model check's large worlds, a million cases of the planner's laws and a thousand full shuffles (some
ten minutes together), then simulated histories for as long as you like.

  npm run test:nightly                              everything, with ten minutes of histories
  npm run test:nightly -- --minutes 60              … with an hour of them
  npm run test:nightly -- --only simulation         only the histories
  npm run test:nightly -- --from 1000000 --seeds 50000 --workers 2
  npm run test:nightly -- --only simulation --length 25   many short ones: people stop after 25 steps

Prints seeds, steps and seeds per second. Exit code 0: everything held; 1: something broke, with how to see it again.`;

const EVERY_MS = 30_000;
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    from: { type: "string" },
    seeds: { type: "string" },
    workers: { type: "string" },
    length: { type: "string" },
    only: { type: "string" },
    help: { type: "boolean" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
const isHeld = values.only === "simulation" || longTests();
const isKept = await histories();
process.exitCode = isHeld && isKept ? 0 : 1;

function longTests(): boolean {
  const env = { ...process.env, NIGHTLY: "1" };
  const files = ["packages/simulation/src/model", "packages/simulation/src/mutants", "services/reconciler/src/core", "app/shuffle"];
  return spawnSync("vitest", ["run", ...files], { stdio: "inherit", env }).status === 0;
}

async function histories(): Promise<boolean> {
  // Every night others: the seeds of a day begin where nobody has been.
  const from = Number(values.from ?? Math.floor(Date.now() / 86_400_000) * 10_000_000);
  const count = Number(values.seeds ?? Number.MAX_SAFE_INTEGER);
  const withinMs = values.seeds === undefined ? Number(values.minutes) * 60_000 : undefined;
  console.log(`Playing simulated histories from seed ${from} on …`);
  let told = performance.now();
  const tally = await playFleet({
    from,
    count,
    ...(withinMs !== undefined && { withinMs }),
    ...(values.length !== undefined && { length: Number(values.length) }),
    ...(values.workers !== undefined && { workers: Number(values.workers) }),
    onFailure: ({ seed, broken }) =>
      console.log(`${broken}\n    npm run simulate -- --seed ${seed}${values.length === undefined ? "" : ` --length ${values.length}`}`),
    onProgress: (now) => {
      if (performance.now() - told < EVERY_MS) return;
      told = performance.now();
      console.log(lineOf(now));
    },
  });
  console.log(`${lineOf(tally)}, from seed ${from} on`);
  return tally.failures.length === 0;
}

function lineOf({ seeds, steps, seconds, failures }: Tally): string {
  const rate = seconds === 0 ? 0 : seeds / seconds;
  return `${seeds} seeds, ${steps} steps, ${rate.toFixed(0)} seeds/s, ${failures.length} failures, ${seconds.toFixed(0)} s`;
}
