import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { eventually } from "../../e2e/world/eventually.ts";
import { withService } from "../../e2e/world/service-process.ts";
import type { World } from "../../e2e/world/world.ts";
import { createPorts } from "../../src/ports.ts";
import { mebibytesIn } from "../../src/process-memory.ts";
import { SERVICE_NAMES } from "../../src/services.ts";
import type { LocalService } from "../../src/stack-options.ts";

/** A second instance of a service, as a platform starts one beside the first. */
export interface Twin {
  /** Runs it for as long as `use` takes; `env` wins over what the first one has. */
  run(use: (url: string) => Promise<void>, env?: Readonly<Record<string, string>>): Promise<void>;
}

/** Takes a running service's environment for its twin; the service itself may be killed after that. */
export async function twinOf(world: World, part: LocalService): Promise<Twin> {
  const environment = await environmentOf(pidOf(world, part));
  return {
    async run(use, env = {}) {
      const port = await createPorts().next();
      const url = `http://127.0.0.1:${port}`;
      await withService(SERVICE_NAMES[part], { ...environment, ...env, PORT: String(port) }, async ({ output, exitCode }) => {
        await eventually({ what: `the second ${part} being ready`, withinMs: 30_000 }, async () => {
          if (exitCode() !== undefined) throw new Error(`it has ended: ${output().slice(-2_000)}`);
          expect((await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status).toBe(200);
        });
        await use(url);
      });
    },
  };
}

export function pidOf(world: World, part: LocalService): number {
  const pid = world.stack.processes[part]?.pid();
  if (pid === undefined) throw new Error(`${part} is not running`);
  return pid;
}

/** What a process holds in memory now, in MiB. */
export async function residentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mebibytes = mebibytesIn(status, "VmRSS");
  if (mebibytes === undefined) throw new Error("the system does not tell what a process holds in memory");
  return mebibytes;
}

async function environmentOf(pid: number): Promise<Readonly<Record<string, string>>> {
  const entries = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0").filter((entry) => entry.includes("="));
  return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
}
