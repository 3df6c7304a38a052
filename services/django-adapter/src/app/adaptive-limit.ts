/** An answer counts as fast up to so many times what the quickest ones take. */
const FAST = 1.5;

/**
 * How many requests Django may have at once. Django is the weak side, and nobody knows how weak: the limit is raised by
 * one while it answers as fast as it did alone, lowered by one when the answers become slow (then more at once only
 * wait for each other, as on SQLite), and halved on trouble.
 */
export interface AdaptiveLimit {
  current(): number;
  /** @param wereMoreWaiting whether one more request at once would have had something to carry */
  answered(request: { readonly items: number; readonly tookMs: number; readonly wereMoreWaiting: boolean }): void;
  /** 429, 5xx or no answer. */
  troubled(): void;
}

/** @param most the limit is never higher than this */
export function createAdaptiveLimit(most: number): AdaptiveLimit {
  let limit = 1;
  /** Per change. Measured anew whenever there is one request at a time, so that a Django that has become slower is believed. */
  let quickestMs = Number.POSITIVE_INFINITY;
  let largest = 0;
  return {
    current: () => limit,
    answered({ items, tookMs, wereMoreWaiting }) {
      // Small requests are fast whatever goes on: only the large ones are compared.
      if (items < largest / 2) return;
      largest = Math.max(largest, items);
      const perItemMs = tookMs / items;
      quickestMs = limit === 1 ? perItemMs : Math.min(quickestMs, perItemMs);
      if (perItemMs > quickestMs * FAST) limit = Math.max(1, limit - 1);
      else if (wereMoreWaiting) limit = Math.min(most, limit + 1);
    },
    troubled() {
      limit = Math.max(1, Math.floor(limit / 2));
    },
  };
}
