import { setTimeout as delay } from "node:timers/promises";

/** Waits, and tells how long. Whatever waits takes one, so that a simulation can hold the time. */
export interface Timer {
  /** Milliseconds on a clock that nobody sets. */
  now(): number;
  wait(ms: number): Promise<void>;
}

export const systemTimer: Timer = { now: () => performance.now(), wait: (ms) => delay(ms) };
