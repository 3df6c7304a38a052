import { setTimeout as pause } from "node:timers/promises";
import type { Part, World } from "../../e2e/world/world.ts";
import { lastLinesOf } from "../../src/processes.ts";

const PARTS = ["tracker", "djangoAdapter", "reconciler", "django"] as const satisfies readonly Part[];

/**
 * Starts a part again that died without being killed, as the platform does in production, and remembers it: nothing that
 * is done to the lines or to a peer may end a process.
 */
export function superviseParts(world: World, held: ReadonlySet<string>): AsyncDisposable & { readonly deaths: readonly string[] } {
  const over = new AbortController();
  const deaths: string[] = [];
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const part of PARTS) {
        if (held.has(part) || world.stack.processes[part]?.pid() !== undefined) continue;
        deaths.push(`${part}: ${lastWords(world, part)}`);
        await world.restart(part).catch(() => {});
      }
      await pause(500, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  return {
    deaths,
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
    },
  };
}

function lastWords({ stack }: World, part: Part): string {
  const [last] = lastLinesOf(stack.processes[part]?.logFile ?? "", 1);
  return last || "it said nothing";
}

/** Everything runs again: stopped parts go on, dead ones are started. */
export async function reviveParts({ stack, restart }: World): Promise<void> {
  for (const process of Object.values(stack.processes)) process?.kill("SIGCONT");
  for (const part of PARTS) if (stack.processes[part]?.pid() === undefined) await restart(part);
}
