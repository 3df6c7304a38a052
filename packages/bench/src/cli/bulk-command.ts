import { writeFileSync } from "node:fs";
import type { Progress } from "@member-sync/local-stack/progress.ts";
import { Command } from "commander";
import { ARM_NAMES, DELIVERIES, type ArmName, type Delivery } from "../arms/arm.ts";
import { runBulk, type BulkPlan, type BulkResult } from "../bulk/run.ts";
import { bulkReport } from "../report/bulk-report.ts";
import { summarise } from "../report/bulk-summary.ts";
import { machine } from "../report/machine.ts";
import { plot } from "../report/plot.ts";
import { someOf, whole, wholes } from "./flags.ts";

interface Flags {
  readonly changes?: readonly number[];
  readonly members?: readonly number[];
  readonly djangoDelay: readonly number[];
  readonly rounds: number;
  readonly arms: readonly ArmName[];
  readonly delivery: readonly Delivery[];
  readonly liveTrigger: boolean;
  readonly full: boolean;
  readonly json?: string;
  readonly plot?: string;
}

const USUAL = { changes: [100, 1_000], members: [1_200] };
const FULL = { changes: [100, 1_000, 10_000], members: [1_200, 100_000] };

const HELP = `
Arms, each on members and in a Firestore project of its own:
  seed         the nightly job of the system that came before: one document at a time, marks one by one
  webhooks     one POST and one write for each change, 8 at a time, nothing stored on the way
  floor        member-sync's messages and writes, grouped as well as the clients allow, with none of its guarantees
  member-sync  the three services as processes of their own, as npm start runs them

A round: the edits of both sides are committed, and from that moment until the last of them can be read on the other
side is the time that counts. Rounds of all arms alternate, each round begins with another arm, ratios are taken within
a round. A size that is larger than the number of members is left out. packages/bench/README.md tells the rest.

  npm run bench                                                        about nine minutes on two cores
  npm run bench -- --changes 1000 --django-delay 0 --arms seed,member-sync --delivery push
  npm run bench -- --full --json bench.json --plot bench.svg           hours`;

export function bulkCommand(progress: Progress): Command {
  return new Command("bulk")
    .description("Many changes on both sides at once: member-sync beside the seed's job, plain webhooks and a hand-tuned floor.")
    .option("--changes <n,…>", `changes on each side at once (default: ${USUAL.changes.join()})`, wholes(1))
    .option("--members <n,…>", `members of each arm (default: ${USUAL.members.join()})`, wholes(1))
    .option("--django-delay <ms,…>", "how long each request to Django is held, beyond Django's own work", wholes(0), [0, 100])
    .option("--rounds <n>", "rounds of each size", whole(1), 5)
    .option("--arms <name,…>", `some of ${ARM_NAMES.join(", ")}`, someOf(ARM_NAMES), ARM_NAMES)
    .option("--delivery <push,pull>", "how floor and member-sync get their messages", someOf(DELIVERIES), DELIVERIES)
    .option("--live-trigger", "member-sync once more, with the emulator's own trigger (it stops near 600 events/s)", false)
    .option("--full", `other defaults: ${FULL.changes.join()} changes, on ${FULL.members.join()} members; takes hours`, false)
    .option("--json <file>", "write every round and the summary here")
    .option("--plot <file.svg>", "write a plot of the changes per second here")
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => bulk(flags, progress));
}

async function bulk(flags: Flags, progress: Progress): Promise<void> {
  const sizesAsked = flags.full ? FULL : USUAL;
  const plan: BulkPlan = {
    changes: flags.changes ?? sizesAsked.changes,
    members: flags.members ?? sizesAsked.members,
    delaysMs: flags.djangoDelay,
    rounds: flags.rounds,
    arms: flags.arms,
    deliveries: flags.delivery,
    liveTrigger: flags.liveTrigger,
  };
  const startedAt = new Date().toISOString();
  const results: BulkResult[] = [];
  await runBulk(plan, progress, (result) => results.push(result));
  const sizes = summarise(results);
  process.stdout.write(`${bulkReport(sizes)}\n\n${machine(startedAt)}\n`);
  if (flags.json !== undefined) {
    const text = JSON.stringify({ startedAt, machine: machine(startedAt), plan, sizes, rounds: results }, null, 2);
    writeFileSync(flags.json, `${text}\n`);
  }
  if (flags.plot !== undefined) writeFileSync(flags.plot, plot(sizes));
}
