import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { systemTimer, type Timer } from "@member-sync/shared/timer.ts";
import type { Telemetry } from "../telemetry.ts";
import { createAdaptiveLimit, type AdaptiveLimit } from "./adaptive-limit.ts";
import type { DjangoChange, DjangoMembers, DjangoResult } from "./ports.ts";

/** Changes asked for in one request. */
const MAX_BATCH = 200;

/** What came back for one change: a result or none, or the error that its request ended with. */
export type Delivery =
  | { readonly kind: "answered"; readonly result: DjangoResult | undefined }
  | { readonly kind: "failed"; readonly error: unknown };

export interface ApplyQueueParts {
  readonly django: DjangoMembers;
  /** The most requests under way at once; how many there are follows from how fast Django answers. */
  readonly concurrency: number;
  readonly telemetry: Telemetry;
  readonly timer?: Timer;
}

/** What a change came with: by itself or in small company, or in bulk (a flush, a backfill). Live ones go first. */
export type Lane = "live" | "bulk";

/** Sends changes to Django, together with whatever else is waiting. */
export interface ApplyQueue {
  /** Never rejects. */
  send(change: DjangoChange, lane: Lane): Promise<Delivery>;
}

interface Waiter {
  readonly change: DjangoChange;
  readonly resolve: (delivery: Delivery) => void;
}

/**
 * Batches by themselves: a change that finds Django idle goes at once, those that arrive while requests are under
 * way go together in the next one. The same write id sent twice at once is one change.
 */
export function createApplyQueue({ django, concurrency, telemetry, timer = systemTimer }: ApplyQueueParts): ApplyQueue {
  const limit = createAdaptiveLimit(concurrency);
  const underWay = new Map<string, Promise<Delivery>>();
  const waiting: Record<Lane, Waiter[]> = { live: [], bulk: [] };
  let active = 0;

  const areWaiting = () => waiting.live.length + waiting.bulk.length > 0;
  const takeBatch = () => {
    const live = waiting.live.splice(0, MAX_BATCH);
    return [...live, ...waiting.bulk.splice(0, MAX_BATCH - live.length)];
  };

  async function work(): Promise<void> {
    active += 1;
    while (areWaiting() && active <= limit.current()) {
      const batch = takeBatch();
      const deliveries = await applyBatch(
        { django, telemetry, timer, limit, areWaiting },
        batch.map(({ change }) => change),
      );
      for (const { change, resolve } of batch) {
        underWay.delete(change.writeId);
        resolve(deliveries.get(change.writeId) ?? { kind: "answered", result: undefined });
      }
      startWork();
    }
    active -= 1;
  }

  function startWork(): void {
    if (active < limit.current() && areWaiting()) void work();
  }

  return {
    send(change, lane) {
      const same = underWay.get(change.writeId);
      if (same !== undefined) return same;
      const delivery = new Promise<Delivery>((resolve) => waiting[lane].push({ change, resolve }));
      underWay.set(change.writeId, delivery);
      // Started after the caller's turn, so that the items of one envelope travel together.
      setImmediate(startWork);
      return delivery;
    },
  };
}

interface BatchParts extends Required<Pick<ApplyQueueParts, "django" | "telemetry" | "timer">> {
  readonly limit: AdaptiveLimit;
  readonly areWaiting: () => boolean;
}

/**
 * One batch, whatever it takes: a request that fails because of what is in it is cut in halves until what is at
 * fault stands alone (one item never fails another). Level by level, not depth first, so that the sound halves
 * answer in between and the circuit does not take one poisonous change for a Django that is down.
 */
async function applyBatch(parts: BatchParts, changes: readonly DjangoChange[]): Promise<ReadonlyMap<string, Delivery>> {
  const deliveries = new Map<string, Delivery>();
  let level: (readonly DjangoChange[])[] = [changes];
  while (level.length > 0) {
    const below: (readonly DjangoChange[])[] = [];
    for (const part of level) {
      try {
        const results = await applyPart(parts, part);
        for (const { writeId } of part) deliveries.set(writeId, { kind: "answered", result: results.get(writeId) });
      } catch (error) {
        parts.telemetry.applyFailed(error);
        if (part.length > 1 && mayBeOneItem(error)) below.push(part.slice(0, part.length / 2), part.slice(part.length / 2));
        else for (const { writeId } of part) deliveries.set(writeId, { kind: "failed", error });
      }
    }
    level = below;
  }
  return deliveries;
}

async function applyPart({ django, telemetry, timer, limit, areWaiting }: BatchParts, part: readonly DjangoChange[]) {
  telemetry.batchSent(part.length);
  const startedAt = timer.now();
  try {
    const results = await django.apply(part);
    limit.answered({ items: part.length, tookMs: timer.now() - startedAt, wereMoreWaiting: areWaiting() });
    return new Map(results.map((result) => [result.writeId, result]));
  } catch (error) {
    limit.troubled();
    throw error;
  }
}

/** Whether the request may have failed for one of its items; what concerns Django as a whole is not cut up. */
function mayBeOneItem(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  if (error.code === "django_refused") return true;
  // Whoever says when to come back speaks for all of Django.
  const { status, retryAfterMs } = error.details;
  return error.code === "django_unavailable" && typeof status === "number" && status >= 500 && retryAfterMs === undefined;
}
