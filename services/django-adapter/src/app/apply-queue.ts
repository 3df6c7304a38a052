import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { Telemetry } from "../telemetry.ts";
import type { DjangoChange, DjangoMembers, DjangoResult } from "./ports.ts";

/** Changes asked for in one request. */
const MAX_BATCH = 200;

/** What came back for one change: a result or none, or the error that its request ended with. */
export type Delivery =
  | { readonly kind: "answered"; readonly result: DjangoResult | undefined }
  | { readonly kind: "failed"; readonly error: unknown };

export interface ApplyQueueParts {
  readonly django: DjangoMembers;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly telemetry: Telemetry;
}

/** Sends changes to Django, together with whatever else is waiting. */
export interface ApplyQueue {
  /** Never rejects. */
  send(change: DjangoChange): Promise<Delivery>;
}

/**
 * Batches by themselves: a change that finds Django idle goes at once, those that arrive while requests are under
 * way go together in the next one. The same write id sent twice at once is one change.
 */
export function createApplyQueue({ django, concurrency, telemetry }: ApplyQueueParts): ApplyQueue {
  const underWay = new Map<string, Promise<Delivery>>();
  const waiting: { readonly change: DjangoChange; readonly resolve: (delivery: Delivery) => void }[] = [];
  let active = 0;

  async function work(): Promise<void> {
    active += 1;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      const deliveries = await applyBatch(
        { django, telemetry },
        batch.map(({ change }) => change),
      );
      for (const { change, resolve } of batch) {
        underWay.delete(change.writeId);
        resolve(deliveries.get(change.writeId) ?? { kind: "answered", result: undefined });
      }
    }
    active -= 1;
  }

  const startWork = () => {
    if (active < concurrency && waiting.length > 0) void work();
  };

  return {
    send(change) {
      const same = underWay.get(change.writeId);
      if (same !== undefined) return same;
      const delivery = new Promise<Delivery>((resolve) => waiting.push({ change, resolve }));
      underWay.set(change.writeId, delivery);
      // Started after the caller's turn, so that the items of one envelope travel together.
      setImmediate(startWork);
      return delivery;
    },
  };
}

/**
 * One batch, whatever it takes: a request that fails because of what is in it is cut in halves until what is at
 * fault stands alone (one item never fails another). Level by level, not depth first, so that the sound halves
 * answer in between and the circuit does not take one poisonous change for a Django that is down.
 */
async function applyBatch(
  { django, telemetry }: Pick<ApplyQueueParts, "django" | "telemetry">,
  changes: readonly DjangoChange[],
): Promise<ReadonlyMap<string, Delivery>> {
  const deliveries = new Map<string, Delivery>();
  let level: (readonly DjangoChange[])[] = [changes];
  while (level.length > 0) {
    const below: (readonly DjangoChange[])[] = [];
    for (const part of level) {
      try {
        telemetry.batchSent(part.length);
        const results = new Map((await django.apply(part)).map((result) => [result.writeId, result]));
        for (const { writeId } of part) deliveries.set(writeId, { kind: "answered", result: results.get(writeId) });
      } catch (error) {
        telemetry.applyFailed(error);
        if (part.length > 1 && mayBeOneItem(error)) below.push(part.slice(0, part.length / 2), part.slice(part.length / 2));
        else for (const { writeId } of part) deliveries.set(writeId, { kind: "failed", error });
      }
    }
    level = below;
  }
  return deliveries;
}

/** Whether the request may have failed for one of its items; what concerns Django as a whole is not cut up. */
function mayBeOneItem(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  if (error.code === "django_refused") return true;
  // Whoever says when to come back speaks for all of Django.
  const { status, retryAfterMs } = error.details;
  return error.code === "django_unavailable" && typeof status === "number" && status >= 500 && retryAfterMs === undefined;
}
