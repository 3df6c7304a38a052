import { parseArgs } from "node:util";
import { caseOf } from "./case.ts";
import { play } from "./run.ts";
import { shrink } from "./shrink.ts";

const HELP = `Plays one simulated history again, step by step.

  npm run simulate -- --seed N            prints every step, and the promise that breaks
  npm run simulate -- --seed N --length 25   a history in which people stop after 25 steps
  npm run simulate -- --seed N --shrink   looks for the smallest history that breaks the same promise

Exit code 0: every promise held; 1: one broke; 2: the call is wrong.`;

const { seed, isShrunk, length } = readCall();
const script = isShrunk ? await shrink(caseOf(seed, length), async (smaller) => (await play(smaller)).broken) : caseOf(seed, length);
const { members, mode, policy, faults, intents } = script;
console.log(JSON.stringify({ seed, members, mode, policy, faults, intents: intents.filter(({ kind }) => kind !== "rest") }, undefined, 1));
let count = 0;
const outcome = await play(script, { tell: (step) => console.log(`${String((count += 1)).padStart(4)}  ${step}`) });
console.log(outcome.broken ?? `every promise held in ${outcome.steps} steps (trace ${outcome.hash.toString(16)})`);
process.exitCode = outcome.broken === undefined ? 0 : 1;

function readCall(): { readonly seed: number; readonly isShrunk: boolean; readonly length: number | undefined } {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, shrink: { type: "boolean" }, length: { type: "string" }, help: { type: "boolean" } },
  });
  const given = Number(values.seed);
  if (values.help === true || !Number.isSafeInteger(given) || given < 0) {
    console.log(HELP);
    process.exit(values.help === true ? 0 : 2);
  }
  return { seed: given, isShrunk: values.shrink === true, length: values.length === undefined ? undefined : Number(values.length) };
}
