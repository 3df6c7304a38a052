import { writeFileSync } from "node:fs";
import type { Progress } from "@member-sync/local-stack/progress.ts";
import { Command, Option } from "commander";
import { DELIVERIES, type Delivery } from "../arms/arm.ts";
import { machine } from "../report/machine.ts";
import { soakReport } from "../report/soak-report.ts";
import { runSoak } from "../soak/run.ts";
import { whole } from "./flags.ts";

interface Flags {
  readonly changes: number;
  readonly members: number;
  readonly chunk: number;
  readonly perSecond: number;
  readonly delivery: Delivery;
  readonly json?: string;
}

export function soakCommand(progress: Progress): Command {
  return new Command("soak")
    .description("A steady load for long: what each service holds in memory at every tenth of it.")
    .option("--changes <n>", "changes of both directions together", whole(10), 100_000)
    .option("--members <n>", "members, edited over and over", whole(1), 1_000)
    .option("--chunk <n>", "edits on each side at once", whole(1), 250)
    .option("--per-second <n>", "changes in a second, at most as many as the system takes", whole(1), 400)
    .addOption(new Option("--delivery <delivery>", "how the services get their messages").choices(DELIVERIES).default("push"))
    .option("--json <file>", "write the samples here")
    .action(async (flags: Flags) => soak(flags, progress));
}

async function soak({ json, ...plan }: Flags, progress: Progress): Promise<void> {
  const startedAt = new Date().toISOString();
  const samples = await runSoak(plan, progress, ({ changes, restMiB }) => {
    const held = Object.entries(restMiB).map(([service, mebibytes]) => `${service} ${mebibytes} MiB`);
    progress.note(`${changes.toLocaleString("en")} changes: ${held.join(", ")}`);
  });
  process.stdout.write(`${soakReport(samples)}\n\n${machine(startedAt)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ startedAt, machine: machine(startedAt), plan, samples }, null, 2)}\n`);
}
