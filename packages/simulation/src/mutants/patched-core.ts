import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Planner } from "../model/planner.ts";
import type { TestsOutcome } from "./registered-tests.ts";

/** One expression of the planner's source, and what a careless builder might have written instead. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const CORE = fileURLToPath(import.meta.resolve("@member-sync/reconciler/core/plan.ts")).replace(/plan\.ts$/, "");
const SHARED = import.meta.resolve("@member-sync/shared/member/side.ts").replace(/member\/side\.ts$/, "");
const VITEST = import.meta.resolve("vitest");
const REGISTERED_TESTS = "registered-tests.ts";

/** The planner with one expression replaced, read from a copy of its source. Disposing removes the copy. */
export interface PatchedCore extends Disposable {
  readonly planner: Planner;
}

/** Copies the planner's source, replaces one expression of it, and imports the copy. Throws when the text is not there exactly once. */
export async function patchedCore(patch: Patch): Promise<PatchedCore> {
  const folder = copyCore(patch);
  const [planned, decided, emitted, judged] = await Promise.all(
    ["plan.ts", "plan-decision.ts", "emit.ts", "in-sync.ts"].map((name) => load(folder, name)),
  );
  return {
    planner: { plan: planned.plan, planDecision: decided.planDecision, commandOf: emitted.commandOf, isInSync: judged.isInSync },
    [Symbol.dispose]: () => remove(folder),
  };
}

/** What one of the core's own test files says of the planner with one expression replaced. */
export async function testPatchedCore(patch: Patch, testFile: string): Promise<TestsOutcome> {
  const folder = copyCore(patch, testFile);
  try {
    await load(folder, testFile);
    const { runRegistered } = await load(folder, REGISTERED_TESTS);
    return await runRegistered();
  } finally {
    remove(folder);
  }
}

/** @returns the folder of the copy, in which one expression is replaced and the tests of one file, if any, register themselves */
function copyCore({ file, find, replace }: Patch, testFile = "none"): string {
  const folder = mkdtempSync(join(tmpdir(), "member-sync-mutant-"));
  cpSync(CORE, folder, { recursive: true, filter: (path) => !path.endsWith(".test.ts") || path.endsWith(`/${testFile}`) });
  cpSync(fileURLToPath(import.meta.resolve(`./${REGISTERED_TESTS}`)), join(folder, REGISTERED_TESTS));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const name of files.filter((entry) => entry.endsWith(".ts"))) {
    const source = readFileSync(join(folder, name), "utf8");
    const mutated = name === file ? replaceOnce(source, find, replace, file) : source;
    writeFileSync(join(folder, name), rewired(mutated, name));
  }
  return folder;
}

/** The copy lies outside the workspace: it names the workspace's modules by their addresses. */
function rewired(source: string, name: string): string {
  const vitest = name === REGISTERED_TESTS ? VITEST : `./${REGISTERED_TESTS}`;
  return source.replaceAll('"@member-sync/shared/', `"${SHARED}`).replaceAll('from "vitest"', `from "${vitest}"`);
}

function load(folder: string, name: string) {
  return import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href);
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function replaceOnce(source: string, find: string, replace: string, file: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, and not once: ${find}`);
  return parts.join(replace);
}
