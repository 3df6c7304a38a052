import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Firestore } from "@google-cloud/firestore";
import { Command, Option } from "commander";
import { latenciesOf, type Latencies } from "../demo.ts";
import { djangoMembers } from "../django-rest.ts";
import { terminalProgress } from "../progress.ts";
import { startStack } from "../stack.ts";
import type { Stack } from "../stack-options.ts";
import { emailsInDjango, expectedEmails, expectedPhones, phonesInFirestore, watchArrivals } from "./arrivals.ts";
import { burstEdits, editInDjango, editInFirestore } from "./edits.ts";
import { leftovers } from "./leftovers.ts";
import { peakMemory } from "./memory.ts";

interface Flags {
  readonly edits: string;
  readonly delivery: "push" | "pull";
  readonly json: boolean;
}

const DEADLINE_MS = 300_000;

await new Command("npm run burst --")
  .description("Starts the whole system, makes N edits on each side at once, waits until all have crossed, and says how it went.")
  .option("--edits <n>", "edits on each side, one for each sample member", "1000")
  .addOption(new Option("--delivery <delivery>", "how services get their messages").choices(["push", "pull"]).default("push"))
  .option("--json", "figures as JSON on stdout", false)
  .action(burst)
  .parseAsync();

async function burst(flags: Flags): Promise<void> {
  const count = Number(flags.edits);
  const home = mkdtempSync(join(tmpdir(), "member-sync-burst-"));
  const progress = terminalProgress((line) => void process.stderr.write(`${line}\n`));
  try {
    await using stack = await startStack({ home, members: count, delivery: flags.delivery, progress });
    const { firestore: at, django } = stack.addresses;
    const firestore = new Firestore({ projectId: at.projectId, host: at.host, ssl: false });
    const kennitalas = await djangoMembers(django.url, django.token).first(count);
    const edits = burstEdits(kennitalas);
    const result = await progress.step(`Making ${edits.length} edits on each side at once`, async () => {
      const began = Date.now();
      const [toFirestore, toDjango] = await Promise.all([
        crossing(editInDjango(django, edits), watchArrivals(phonesInFirestore(firestore), expectedPhones(edits), DEADLINE_MS)),
        crossing(
          editInFirestore(firestore, edits),
          watchArrivals(emailsInDjango(join(home, "fresh", "django.sqlite3")), expectedEmails(edits), DEADLINE_MS),
        ),
      ]);
      return { began, toFirestore, toDjango };
    });
    const left = await leftovers(stack, firestore);
    await firestore.terminate();
    tell(flags, stack, { ...result, edits: edits.length, left });
    process.exitCode = left.every(({ count: found }) => found === 0) ? 0 : 1;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface Crossed {
  readonly latencies: Latencies;
  readonly perSecond: number;
}

/** Edits and watches at once; latency counts from the commit of the whole burst, rate over the time until the last arrival. */
async function crossing(editing: Promise<number>, watching: Promise<readonly number[]>): Promise<Crossed> {
  const [committed, arrivals] = await Promise.all([editing, watching]);
  const latencies = latenciesOf(arrivals.map((arrival) => Math.max(0, arrival - committed)));
  const seconds = Math.max(1, Math.max(...arrivals) - committed) / 1000;
  return { latencies, perSecond: Math.round(arrivals.length / seconds) };
}

function tell(
  flags: Flags,
  stack: Stack,
  result: {
    readonly edits: number;
    readonly toFirestore: Crossed;
    readonly toDjango: Crossed;
    readonly left: Awaited<ReturnType<typeof leftovers>>;
  },
): void {
  const memory = peakMemory(stack);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...result, memory, delivery: flags.delivery })}\n`);
    return;
  }
  const line = (way: string, { latencies, perSecond }: Crossed) =>
    `${way}  ${perSecond} changes/s, p50 ${latencies.medianMs} ms, p99 ${latencies.p99Ms} ms (${latencies.edits} edits)`;
  const lines = [
    line("Django → Firestore", result.toFirestore),
    line("Firestore → Django", result.toDjango),
    `peak memory         ${memory.map(({ name, mebibytes }) => `${name} ${mebibytes ?? "?"} MiB`).join(", ")}`,
    ...result.left.map(({ what, count }) => `${count === 0 ? "✓" : "✗"} ${what}: ${count}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
