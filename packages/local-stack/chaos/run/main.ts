import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { PATHS } from "../../src/paths.ts";
import { describeLedger } from "../../src/verify/describe-ledger.ts";
import { anySeed } from "../world/tape.ts";
import { openBreakableWorld, runChaos, type ChaosResult } from "./chaos-run.ts";

interface Flags {
  readonly minutes: number;
  readonly seed?: number;
  readonly members: number;
  readonly editsPerSecond: number;
  readonly lives: boolean;
  readonly keep: boolean;
}

const HELP = `
Starts the whole system (the SDK's emulators, a real Django, three services), lets people edit on both sides, and from
the seed breaks everything at once: processes killed and stopped, Pub/Sub started empty, lines slow, dead or cut,
Django's answers lost, wrong or late, messages repeated and reversed, pauses and decisions. Then it heals, waits until
all is at rest, and follows every edit to where it ended.

Exit code 0: every edit is accounted for. 1: one is not; it says which, and where the logs lie. 2: it could not be run.
The seed repeats what people and faults do; when exactly each happens is the machine's.`;

await new Command("npm run chaos --")
  .description("Breaks the real system on purpose, and proves that no edit is lost.")
  .option("--minutes <n>", "how long things are broken", positive, 10)
  .option("--seed <n>", "repeats a run's edits and faults", positive)
  .option("--members <n>", "members that people edit", positive, 12)
  .option("--edits-per-second <n>", "on both sides together", positive, 20)
  .option("--lives", "people also remove members and enter them again; Pub/Sub then loses nothing", false)
  .option("--keep", "keep logs, edits and evidence also when all is well", false)
  .addHelpText("after", HELP)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(chaos)
  .parseAsync();

async function chaos({ minutes, seed = anySeed(), members, editsPerSecond, lives, keep }: Flags): Promise<void> {
  tell(`chaos: seed ${seed}, ${minutes} minutes`);
  try {
    await using world = await openBreakableWorld();
    const result = await runChaos(world, {
      seed,
      forMs: minutes * 60_000,
      members,
      editsPerSecond,
      kinds: lives ? "edits-and-lives" : "edits",
      onProgress: tell,
    });
    const { ledger } = result.settled;
    tellFaults(result);
    tell(`at rest ${result.settleSeconds.toFixed(0)} s after the last fault${result.settled.isAtRest ? "" : " IT WAS NOT"}`);
    tell(describeLedger(ledger));
    tell(`${result.decisions} decisions, of which the history lacks ${result.lostDecisions}`);
    const isFine = ledger.isBalanced && result.settled.isAtRest && result.lostDecisions === 0;
    if (isFine && !keep) return;
    const kept = keepAll(seed, world.stack.logsDir, result);
    tell(`seed ${seed}: ${isFine ? "balanced" : "NOT BALANCED"}; logs, edits and evidence are in ${kept}`);
    if (!isFine) process.exitCode = 1;
  } catch (error) {
    tell(`seed ${seed}: it could not be run: ${error instanceof Error ? error.message : "no reason"}`);
    process.exitCode = 2;
  }
}

function tellFaults({ tally, deaths }: ChaosResult): void {
  const kinds = [...tally.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  tell("faults:");
  for (const [kind, count] of kinds) tell(`  ${String(count).padStart(4)}  ${kind}`);
  for (const death of deaths) tell(`  died without being killed: ${death}`);
  for (const [text, count] of counted(tally.failed)) tell(`  ${String(count).padStart(4)}  could not be done: ${text}`);
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** What is needed to find out why; the values in it are made up. */
function keepAll(seed: number, logsDir: string, { workload, settled }: ChaosResult): string {
  const folder = join(PATHS.local, "chaos", String(seed));
  mkdirSync(folder, { recursive: true });
  cpSync(logsDir, join(folder, "logs"), { recursive: true });
  writeFileSync(join(folder, "edits.jsonl"), workload.edits.map((edit) => `${JSON.stringify(edit)}\n`).join(""));
  const { keyOf: _, ...evidence } = settled.evidence;
  writeFileSync(join(folder, "evidence.json"), JSON.stringify({ evidence, ledger: settled.ledger }, null, 1));
  return folder;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError("a number above 0 is needed");
  return number;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
