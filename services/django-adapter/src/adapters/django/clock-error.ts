/** The time by another clock, asked for and answered at these times by ours. All in epoch milliseconds. */
export interface ClockReading {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly theirs: number;
}

/** After so long a measurement counts no more: clocks drift. */
const MEMORY_MS = 60_000;

interface Measured {
  /** How far their clock is ahead of ours, within `toleranceMs` either way: they read it somewhere on the round trip. */
  readonly leadMs: number;
  readonly toleranceMs: number;
  readonly at: number;
}

/**
 * Measures how far another clock can be from ours, in whole milliseconds rounded up: the lead of either clock plus half
 * the round trip. A slow answer says little, so the most exact measurement of the last minute counts, until one
 * contradicts it: then a clock was set.
 */
export function createClockError(): (reading: ClockReading) => number {
  let best: Measured | undefined;
  return ({ sentAt, answeredAt, theirs }) => {
    const latest = { leadMs: theirs - (sentAt + answeredAt) / 2, toleranceMs: Math.max(0, answeredAt - sentAt) / 2, at: answeredAt };
    if (best === undefined || isOver(best, latest)) best = latest;
    return Math.ceil(Math.abs(best.leadMs) + best.toleranceMs);
  };
}

function isOver(best: Measured, latest: Measured): boolean {
  // Each of the three times is cut to whole milliseconds, which makes two true measurements differ by up to two.
  const isContradicted = Math.abs(best.leadMs - latest.leadMs) > best.toleranceMs + latest.toleranceMs + 2;
  return latest.toleranceMs <= best.toleranceMs || isContradicted || Math.abs(latest.at - best.at) > MEMORY_MS;
}
