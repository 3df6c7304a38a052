import type { IncomingHttpHeaders } from "node:http";
import { getHeapStatistics } from "node:v8";

/** Of the heap, as request bodies: what is made of one takes several times its size. */
const SHARE_OF_HEAP = 1 / 32;

/** Counts what requests bring, so that no more is let in than fits into memory. */
export interface BytesInHand {
  /** The function that gives back what was taken, or `undefined`: not now. What comes alone is let in at any size. */
  take(bytes: number): (() => void) | undefined;
}

export function createBytesInHand(most = getHeapStatistics().heap_size_limit * SHARE_OF_HEAP): BytesInHand {
  let inHand = 0;
  return {
    take(bytes) {
      if (bytes > 0 && inHand > 0 && inHand + bytes > most) return undefined;
      inHand += bytes;
      let isGivenBack = false;
      return () => {
        if (!isGivenBack) inHand -= bytes;
        isGivenBack = true;
      };
    },
  };
}

/** A body as it was announced; one without a length counts as nothing, and is bounded by the route's own limit. */
export function announcedBytes(headers: IncomingHttpHeaders): number {
  const bytes = Number(headers["content-length"] ?? "0");
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}
