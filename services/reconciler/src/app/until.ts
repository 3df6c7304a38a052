import { setTimeout as delay } from "node:timers/promises";

/** Waits until the condition holds, asking ever less often (20 ms to 500 ms apart); `false` when the time ran out first. */
export async function until(condition: () => boolean | Promise<boolean>, { timeoutMs }: { readonly timeoutMs: number }): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await delay(pauseMs);
  }
}
