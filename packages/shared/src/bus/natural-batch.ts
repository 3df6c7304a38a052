import { invariant } from "../errors/sync-error.ts";
import { systemTimer, type Timer } from "../timer.ts";
import { areLive } from "./live.ts";

/** Handles many callers' items in one go. */
export interface NaturalBatch<In, Out> {
  /** Resolves with the outcomes of `items`, in order; rejects when the group that they were in failed. */
  add(items: readonly In[]): Promise<readonly Out[]>;
  /** Resolves when nothing is queued and nothing is under way. */
  idle(): Promise<void>;
}

interface Waiter<In, Out> {
  readonly items: readonly In[];
  readonly resolve: (outcomes: readonly Out[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Groups by itself: while one group is processed, what arrives gathers into the next. Nobody waits for company, and
 * under load I/O is grouped. One group at a time, so that work on one member never contends with itself.
 *
 * @param process takes at most `maxItems` items (more only when one caller brings more) and answers one outcome each
 * @param paceMs least time between one group's end and the next one's start: what comes alone goes at once, a stream gathers
 */
export function createNaturalBatch<In, Out>(
  process: (items: readonly In[]) => Promise<readonly Out[]>,
  maxItems: number,
  paceMs = 0,
  timer: Timer = systemTimer,
): NaturalBatch<In, Out> {
  const queue: Waiter<In, Out>[] = [];
  let running: Promise<void> | undefined;

  let lastEnd = Number.NEGATIVE_INFINITY;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const early = lastEnd + paceMs - timer.now();
      if (early > 0) await timer.wait(early);
      await processGroup(takeGroup(queue, maxItems), process);
      lastEnd = timer.now();
    }
    running = undefined;
  }

  return {
    add(items) {
      if (items.length === 0) return Promise.resolve([]);
      const added = new Promise<readonly Out[]>((resolve, reject) => queue.push({ items, resolve, reject }));
      running ??= Promise.resolve().then(run);
      return added;
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}

/**
 * The oldest caller goes first, so that nobody waits for ever; then those who bring little (somebody's live edit), ahead
 * of those who bring much (a backfill, a flush).
 */
function takeGroup<In, Out>(queue: Waiter<In, Out>[], maxItems: number): readonly Waiter<In, Out>[] {
  const [oldest, ...others] = queue;
  if (oldest === undefined) return [];
  const group = [oldest];
  let count = oldest.items.length;
  const live = others.filter(({ items }) => areLive(items));
  const backlog = others.filter(({ items }) => !areLive(items));
  for (const waiter of [...live, ...backlog]) {
    if (count + waiter.items.length > maxItems) break;
    count += waiter.items.length;
    group.push(waiter);
  }
  const taken = new Set(group);
  queue.splice(0, queue.length, ...queue.filter((waiter) => !taken.has(waiter)));
  return group;
}

async function processGroup<In, Out>(
  group: readonly Waiter<In, Out>[],
  process: (items: readonly In[]) => Promise<readonly Out[]>,
): Promise<void> {
  try {
    const items = group.flatMap((waiter) => waiter.items);
    const outcomes = await process(items);
    invariant(outcomes.length === items.length, "a group has one outcome for each of its items"); // P7
    let start = 0;
    for (const waiter of group) {
      waiter.resolve(outcomes.slice(start, start + waiter.items.length));
      start += waiter.items.length;
    }
  } catch (error) {
    for (const waiter of group) waiter.reject(error);
  }
}
