import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Planner } from "../model/planner.ts";

/** One expression of the planner's source, and what a careless builder might have written instead. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const CORE = fileURLToPath(import.meta.resolve("@member-sync/reconciler/core/plan.ts")).replace(/plan\.ts$/, "");
const SHARED = import.meta.resolve("@member-sync/shared/member/side.ts").replace(/member\/side\.ts$/, "");

/** The planner with one expression replaced, read from a copy of its source. Disposing removes the copy. */
export interface PatchedCore extends Disposable {
  readonly planner: Planner;
}

/** Copies the planner's source, replaces one expression of it, and imports the copy. Throws when the text is not there exactly once. */
export async function patchedCore({ file, find, replace }: Patch): Promise<PatchedCore> {
  const folder = mkdtempSync(join(tmpdir(), "member-sync-mutant-"));
  cpSync(CORE, folder, { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".ts"))) {
    const source = readFileSync(join(folder, name), "utf8");
    const mutated = name === file ? replaceOnce(source, find, replace, file) : source;
    writeFileSync(join(folder, name), mutated.replaceAll('"@member-sync/shared/', `"${SHARED}`));
  }
  const [planned, decided, emitted, judged] = await Promise.all(
    ["plan.ts", "plan-decision.ts", "emit.ts", "in-sync.ts"].map(
      (name) => import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href),
    ),
  );
  return {
    planner: { plan: planned.plan, planDecision: decided.planDecision, commandOf: emitted.commandOf, isInSync: judged.isInSync },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function replaceOnce(source: string, find: string, replace: string, file: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, and not once: ${find}`);
  return parts.join(replace);
}
