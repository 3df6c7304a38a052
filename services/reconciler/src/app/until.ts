import type { Timer } from "@member-sync/shared/timer.ts";

/** Waits until the condition holds, asking ever less often (20 ms to 500 ms apart); `false` when the time ran out first. */
export async function until(
  timer: Timer,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<boolean> {
  const deadline = timer.now() + timeoutMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    if (await condition()) return true;
    if (timer.now() > deadline) return false;
    await timer.wait(pauseMs);
  }
}
