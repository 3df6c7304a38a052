import type { Case, Faults, Intent } from "./case.ts";

/** Plays a case; `undefined` when every promise held. */
export type Judge = (script: Case) => Promise<string | undefined>;

/**
 * Makes a failing case smaller while it still breaks the same promise: kinds of trouble are switched off one by one, then
 * people's deeds are left out in ever smaller runs. Workload, schedule and faults are wound on tapes of their own, so that
 * what is left plays on as before.
 */
export async function shrink(script: Case, judge: Judge): Promise<Case> {
  const promise = nameOf(await judge(script));
  if (promise === undefined) return script;
  const isStillBroken = async (smaller: Case) => nameOf(await judge(smaller)) === promise;
  let smallest = script;
  for (let size = Number.POSITIVE_INFINITY; sizeOf(smallest) < size;) {
    size = sizeOf(smallest);
    smallest = await withoutFaults(smallest, isStillBroken);
    smallest = await withoutIntents(smallest, isStillBroken);
    smallest = await withFewerSteps(smallest, isStillBroken);
  }
  return smallest;
}

type Test = (script: Case) => Promise<boolean>;

async function withoutFaults(script: Case, isStillBroken: Test): Promise<Case> {
  let smallest = script;
  for (const name of Object.keys(script.faults)) {
    const faults: Faults = { ...smallest.faults, [name]: 0 };
    const calmer = { ...smallest, faults };
    if (JSON.stringify(faults) !== JSON.stringify(smallest.faults) && (await isStillBroken(calmer))) smallest = calmer;
  }
  return smallest;
}

/** What is left out leaves a pause in its place, so that the schedule plays on unmoved; what comes last goes altogether. */
async function withoutIntents(script: Case, isStillBroken: Test): Promise<Case> {
  let smallest = script;
  for (let length = Math.ceil(script.intents.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < smallest.intents.length; at += length) {
      const { intents } = smallest;
      if (intents.slice(at, at + length).every(({ kind }) => kind === "rest")) continue;
      const paused = intents.map((intent, place): Intent => (place >= at && place < at + length ? { kind: "rest" } : intent));
      const isTail = at + length >= intents.length;
      const shorter = { ...smallest, intents: isTail ? intents.slice(0, at) : paused };
      if (await isStillBroken(shorter)) smallest = shorter;
    }
  }
  return smallest;
}

async function withFewerSteps(script: Case, isStillBroken: Test): Promise<Case> {
  let smallest = script;
  for (const steps of [10, 20, 40, 80]) {
    if (steps >= smallest.steps) return smallest;
    const shorter = { ...smallest, steps };
    if (await isStillBroken(shorter)) return shorter;
  }
  return smallest;
}

function sizeOf({ intents, steps, faults }: Case): number {
  return (
    intents.filter(({ kind }) => kind !== "rest").length * 10 +
    intents.length +
    steps +
    Object.values(faults).filter((rate) => rate > 0).length * 10
  );
}

/** The promise's number and its words, without the values that happened to be there. */
function nameOf(broken: string | undefined): string | undefined {
  return broken?.replaceAll(/\d+/g, "#").slice(0, 40);
}
