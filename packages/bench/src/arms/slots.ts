/** Runs work, so much of it at once; the rest waits in order. */
export interface Slots {
  /** @param isUrgent goes before what waits */
  run<T>(work: () => Promise<T>, isUrgent?: boolean): Promise<T>;
}

export function createSlots(atOnce: number): Slots {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return {
    async run(work, isUrgent = false) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => (isUrgent ? waiting.unshift(resolve) : waiting.push(resolve)));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
