import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePythonNeeds, startTestEmulators } from "./test-needs.ts";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One tier of the tests: what it is called on the screen, and how it is run. */
interface Tier {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

const TOTALS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m;
const STATIC_STEPS = ["check:format", "check:lint", "check:types", "check:imports", "check:unused", "check:workspace", "check:coverage"];

const tiers: readonly Tier[] = [
  { name: "format, lint, types, imports, unused code, every branch of the planner", run: runStatic },
  { name: "unit, property, contract and service tests (with emulators)", run: runVitestWithEmulators },
  { name: "simulation: model check, mutants, simulated histories", run: () => runVitest(["packages/simulation"], {}) },
  { name: "the Django app, on SQLite and PostgreSQL", run: runDjango },
  {
    name: "end to end, on emulators and a real Django",
    run: () => runVitest(["--config", "packages/local-stack/e2e/vitest.config.ts"], {}),
  },
  {
    name: "broken on purpose: every cell of the fault matrix, on emulators and a real Django",
    run: () => runVitest(["--config", "packages/local-stack/chaos/vitest.config.ts"], {}),
  },
];

const only = process.argv[2];
const results: { readonly name: string; readonly counts: Counts; readonly seconds: number }[] = [];
for (const tier of tiers.filter(({ name }) => only === undefined || name.includes(only))) {
  console.log(`\n━━ ${tier.name}`);
  const began = performance.now();
  const counts = await tier.run().catch((error: unknown) => {
    console.error(`This tier could not run: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  // A tier that ran no test proves nothing.
  const honest = counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  results.push({ name: tier.name, counts: honest, seconds: (performance.now() - began) / 1000 });
}
report();

function report(): void {
  console.log("\n━━ summary");
  for (const { name, counts, seconds } of results) {
    console.log(
      `${counts.failed === 0 ? "✓" : "✗"} ${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds.toFixed(0)} s)`,
    );
  }
  const total = results.reduce((sum, { counts }) => add(sum, counts), { passed: 0, failed: 0, skipped: 0 });
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
}

async function runStatic(): Promise<Counts> {
  let passed = 0;
  for (const step of STATIC_STEPS) {
    const { code } = await run("npm", ["run", "--silent", step], {});
    console.log(`${code === 0 ? "✓" : "✗"} ${step}`);
    if (code === 0) passed += 1;
  }
  return { passed, failed: STATIC_STEPS.length - passed, skipped: 0 };
}

async function runVitestWithEmulators(): Promise<Counts> {
  await using emulators = await startTestEmulators();
  return await runVitest(["--exclude", "packages/simulation/**"], { ...emulators.env, MEMBER_SYNC_PYTHON: ensurePythonNeeds() });
}

async function runVitest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "member-sync-counts-"));
  const file = join(folder, "counts");
  writeFileSync(file, "");
  try {
    const { code } = await run("vitest", ["run", ...args], { ...env, COUNTS_FILE: file });
    const [passed = 0, failed = 1, skipped = 0] = readFileSync(file, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
    return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runDjango(): Promise<Counts> {
  const python = ensurePythonNeeds();
  const { code, output } = await run(python, ["services/django-adapter/django/run_tests.py", "--database", "both"], {
    MEMBER_SYNC_PYTHON: python,
  });
  const [, passed = "0", failed = "1", skipped = "0"] = TOTALS.exec(output) ?? [];
  return { passed: Number(passed), failed: code === 0 ? Number(failed) : Math.max(Number(failed), 1), skipped: Number(skipped) };
}

/** Runs a command with its output on the screen; keeps the end of it. The count lines of parts are not the run's last word. */
function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      output = (output + text).slice(-20_000);
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}
