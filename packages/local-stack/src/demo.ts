import { djangoMembers } from "./django-rest.ts";
import { firestoreMembers } from "./firestore-rest.ts";
import type { Progress } from "./progress.ts";
import { whatIsClosed } from "./reconciler-api.ts";
import type { StackAddresses } from "./stack-file.ts";
import { waitFor } from "./wait-for.ts";

/** How long edits took until they could be read on the other side, in milliseconds. */
export interface Latencies {
  readonly edits: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface DemoResult {
  readonly fromDjango: Latencies;
  readonly fromFirestore: Latencies;
}

/** One way across: how to edit here, and what is read there. */
interface Crossing {
  edit(kennitala: string, phone: string): Promise<void>;
  read(kennitala: string): Promise<string | null | undefined>;
}

const EDIT_MS = 15_000;

/**
 * Makes `edits` edits of a phone on each side, one after another, and measures each from the moment it is sent until
 * it can be read on the other side. Nothing is put back.
 */
export async function runDemo(addresses: StackAddresses, edits: number, signal: AbortSignal): Promise<DemoResult | undefined> {
  const django = djangoMembers(addresses.django.url, addresses.django.token);
  const firestore = firestoreMembers(addresses.firestore.host, addresses.firestore.projectId);
  const members = await django.first(200);
  if (members.length === 0) return undefined;
  const fromDjango = await cross({ edit: django.setPhone, read: firestore.phoneOf }, members, edits, 5_510_000, signal);
  const fromFirestore = await cross({ edit: firestore.setPhone, read: django.phoneOf }, members, edits, 5_520_000, signal);
  return { fromDjango, fromFirestore };
}

async function cross(
  crossing: Crossing,
  members: readonly string[],
  edits: number,
  firstPhone: number,
  signal: AbortSignal,
): Promise<Latencies> {
  const took: number[] = [];
  // Other phones at each start, so that an edit on kept data is never one that changes nothing.
  const offset = Date.now() % 9_000;
  for (let edit = 0; edit < edits; edit++) {
    const kennitala = members[edit % members.length] ?? "";
    const phone = String(firstPhone + ((offset + edit) % 10_000));
    const startedAt = performance.now();
    await crossing.edit(kennitala, phone);
    await waitFor(async () => (await crossing.read(kennitala)) === phone, {
      what: "the arrival of a demo edit on the other side",
      deadlineMs: EDIT_MS,
      everyMs: 4,
      signal,
    });
    took.push(performance.now() - startedAt);
  }
  return latenciesOf(took);
}

/** Median and 99th percentile, by nearest rank. */
export function latenciesOf(took: readonly number[]): Latencies {
  const sorted = took.toSorted((a, b) => a - b);
  const rank = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { edits: sorted.length, medianMs: rank(0.5), p99Ms: rank(0.99) };
}

/** Runs the demo and says what it measured. */
export async function showDemo(addresses: StackAddresses, edits: number, progress: Progress, signal: AbortSignal): Promise<void> {
  if (addresses.mode === "scheduled") {
    progress.note("mode scheduled: no demo, since edits wait for POST /flush");
    return;
  }
  const closed = await whatIsClosed(addresses.reconciler);
  if (closed !== undefined) {
    progress.note(`${closed}, as when the stack was stopped: no demo. POST /api/control opens the sync`);
    return;
  }
  const result = await progress.step(`Making ${edits} edits on each side, one after another`, () => runDemo(addresses, edits, signal));
  if (result === undefined) return;
  progress.note(`Django → Firestore: ${shown(result.fromDjango)}`);
  progress.note(`Firestore → Django: ${shown(result.fromFirestore)}`);
}

function shown({ edits, medianMs, p99Ms }: Latencies): string {
  return `median ${medianMs} ms, p99 ${p99Ms} ms, from edit to readable on the other side (${edits} edits)`;
}
