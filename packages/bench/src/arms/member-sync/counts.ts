import type { Counts } from "../arm.ts";

const NAMES = {
  calls: "membersync_firestore_calls_total",
  reads: "membersync_firestore_reads_total",
  writes: "membersync_firestore_writes_total",
  messages: "membersync_messages_published_total",
} as const satisfies Record<keyof Counts, string>;

/** What the services count by themselves, added up; `undefined` where one does not. */
export async function countsOf(urls: readonly string[]): Promise<Counts | undefined> {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const calls = texts.map((text) => metricIn(text, NAMES.calls));
  if (calls.every((count) => count === undefined)) return undefined;
  const total = (name: string) => texts.reduce((sum, text) => sum + (metricIn(text, name) ?? 0), 0);
  return { calls: total(NAMES.calls), reads: total(NAMES.reads), writes: total(NAMES.writes), messages: total(NAMES.messages) };
}

/** A counter's value over all its labels, `undefined` where there is no such counter. */
export function metricIn(text: string, name: string): number | undefined {
  const values = text
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
