import { writeFileSync } from "node:fs";
import type { Progress } from "@member-sync/local-stack/progress.ts";
import { Command } from "commander";
import { DELIVERIES, type Delivery } from "../arms/arm.ts";
import { runLatency } from "../latency/run.ts";
import { latencyReport } from "../report/latency-report.ts";
import { summariseLatency } from "../report/latency-summary.ts";
import { machine } from "../report/machine.ts";
import { someOf, whole } from "./flags.ts";

interface Flags {
  readonly edits: number;
  readonly every: number;
  readonly delivery: readonly Delivery[];
  readonly json?: string;
}

export function latencyCommand(progress: Progress): Command {
  return new Command("latency")
    .description("Single edits of a quiet system, beside the parts that they are made of and beside bare webhooks.")
    .option("--edits <n>", "edits each way", whole(1), 60)
    .option("--every <ms>", "an edit is due so often, one way and the other in turn", whole(50), 500)
    .option("--delivery <push,pull>", "how the services get their messages, one run for each", someOf(DELIVERIES), ["push"] as const)
    .option("--json <file>", "write every edit and the summary here")
    .action(async (flags: Flags) => latency(flags, progress));
}

async function latency({ edits, every, delivery, json }: Flags, progress: Progress): Promise<void> {
  const startedAt = new Date().toISOString();
  const results = await runLatency({ edits, everyMs: every, deliveries: delivery }, progress);
  const ways = summariseLatency(results);
  process.stdout.write(`${latencyReport(ways)}\n\n${machine(startedAt)}\n`);
  if (json === undefined) return;
  const told = { startedAt, machine: machine(startedAt), ways, runs: results };
  writeFileSync(json, `${JSON.stringify(told, (name, value: unknown) => (name === "kennitala" ? undefined : value), 2)}\n`);
}
