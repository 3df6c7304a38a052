import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How bytes travel at the moment; looked at again for each piece. */
export interface Road {
  readonly isClosed: () => boolean;
  readonly latencyMs: () => number;
  readonly bytesPerSecond: () => number | undefined;
}

/** One direction of one connection: what is put in comes out in the same order, when the road and every hold let it. */
export interface Lane {
  put(bytes: Buffer): void;
  /** Stops everything from here on, until the function that it returns is called. */
  hold(): () => void;
  /** Looks again whether something can go. */
  wake(): void;
  /** Nothing more comes; the far end hears so after all that waits. */
  end(): void;
}

/** Opens a lane into `to`. Bytes that wait are kept: a network that heals brings what was sent meanwhile. */
export function openLane(to: Socket, road: Road): Lane {
  const waiting: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
  let holds = 0;
  let isEnding = false;
  let isMoving = false;
  const isFree = () => holds === 0 && !road.isClosed() && !to.destroyed;

  async function move(): Promise<void> {
    for (let next = waiting[0]; next !== undefined && isFree(); next = waiting[0]) {
      const pace = road.bytesPerSecond();
      const waitMs = Math.max(0, next.dueAt - performance.now()) + (pace === undefined ? 0 : (next.bytes.length * 1_000) / pace);
      if (waitMs > 0) await delay(waitMs);
      if (!isFree()) return;
      waiting.shift();
      to.write(next.bytes);
    }
    if (isEnding && waiting.length === 0 && isFree()) to.end();
  }
  const wake = () => {
    if (isMoving) return;
    isMoving = true;
    void move().finally(() => {
      isMoving = false;
      if (waiting.length > 0 && isFree()) wake();
    });
  };
  return {
    put(bytes) {
      waiting.push({ bytes, dueAt: performance.now() + road.latencyMs() });
      wake();
    },
    hold() {
      holds += 1;
      let isHeld = true;
      return () => {
        if (isHeld) holds -= 1;
        isHeld = false;
        wake();
      };
    },
    wake,
    end() {
      isEnding = true;
      wake();
    },
  };
}
