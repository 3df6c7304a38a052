import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { World } from "../../e2e/world/world.ts";

/** What the reconciler has taken in since it first started: each group costs one read of each of its hubs. */
export interface TakenIn {
  readonly groups: number;
  readonly observations: number;
}

const line = z.object({ msg: z.literal("changes taken in"), observations: z.number() });

export async function takenIn({ stack }: World): Promise<TakenIn> {
  const log = await readFile(stack.processes.reconciler?.logFile ?? "", "utf8");
  const groups = log.split("\n").flatMap((text) => {
    if (!text.includes("changes taken in")) return [];
    const parsed = line.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data.observations] : [];
  });
  return { groups: groups.length, observations: groups.reduce((sum, each) => sum + each, 0) };
}
