import { setTimeout as delay } from "node:timers/promises";
import type { ReadMany } from "@member-sync/local-stack/burst/arrivals.ts";
import { spread } from "./edits.ts";

const POLL_MS = 20;
const SAMPLE = 20;

export interface Arrivals {
  /** When each member of the sample was first seen with its edit (epoch ms). */
  readonly sample: readonly number[];
  /** When all of them, and not the sample alone, had arrived. */
  readonly last: number;
}

/**
 * Watches a sample of the edits, spread over the set, until each can be read on the other side; then looks at the whole
 * set. Where that finds edits missing, it is the whole set's arrival that counts as the last.
 */
export async function watchArrivals(read: ReadMany, expected: ReadonlyMap<string, string>, deadlineMs: number): Promise<Arrivals> {
  const deadline = Date.now() + deadlineMs;
  const sample = await seenAt(read, spread([...expected], SAMPLE), expected, deadline);
  const rest = await seenAt(read, [...expected], expected, deadline, true);
  const last = rest.length === 0 ? Math.max(...sample) : Math.max(...rest);
  return { sample, last };
}

/** @param isLate counts only what was not there at the first look */
async function seenAt(
  read: ReadMany,
  among: readonly (readonly [string, string])[],
  expected: ReadonlyMap<string, string>,
  deadline: number,
  isLate = false,
): Promise<readonly number[]> {
  const seen: number[] = [];
  let missing = among.map(([kennitala]) => kennitala);
  for (let look = 0; missing.length > 0; look += 1) {
    const held = await read(missing);
    const now = Date.now();
    const absent = missing.filter((kennitala) => held.get(kennitala) !== expected.get(kennitala));
    if (!isLate || look > 0) seen.push(...Array.from({ length: missing.length - absent.length }, () => now));
    missing = absent;
    if (now > deadline)
      throw new Error(`${missing.length} of ${among.length} edits had not arrived in time, the first is no. ${firstOf(missing, expected)}`);
    if (missing.length > 0) await delay(POLL_MS);
  }
  return seen;
}

function firstOf(missing: readonly string[], expected: ReadonlyMap<string, string>): number {
  return [...expected.keys()].indexOf(missing[0] ?? "") + 1;
}
