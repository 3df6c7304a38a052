import { setTimeout as pause } from "node:timers/promises";
import type { World } from "../../e2e/world/world.ts";
import type { LocalService } from "../../src/stack-options.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

export type Held = ReturnType<TcpProxy["holdRequestOf"]>;

const MET_WITHIN_MS = 20_000;

/**
 * Kills a service as the power cut does when the held request is met, which is between two steps of its work. What is held
 * dies with the connection that it came by: let go, it might still arrive.
 */
export async function killWhenMet(world: World, part: LocalService, held: Held): Promise<void> {
  const patience = new AbortController();
  const tooLate = pause(MET_WITHIN_MS, "late", { signal: patience.signal }).catch(() => "met");
  const how = await Promise.race([held.met.then(() => "met"), tooLate]);
  patience.abort();
  if (how === "late") throw new Error(`within ${MET_WITHIN_MS / 1000} s ${part} did not come to the point where it was to be killed`);
  await world.kill(part);
}

/** Stops a process where it stands for `forMs`, as a machine does that is overcommitted; then it goes on as if nothing had been. */
export async function standStill(world: World, part: LocalService | "firestore" | "pubsub", forMs: number): Promise<void> {
  const stopped = world.stack.processes[part];
  if (stopped === undefined) throw new Error(`${part} is no process of this stack`);
  stopped.kill("SIGSTOP");
  try {
    await pause(forMs);
  } finally {
    stopped.kill("SIGCONT");
  }
}
