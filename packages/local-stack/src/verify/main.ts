import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { checkLedger } from "@member-sync/simulation/ledger/check-ledger.ts";
import { editsFromHistory } from "@member-sync/simulation/ledger/edits-from-history.ts";
import type { Ledger } from "@member-sync/simulation/ledger/ledger.ts";
import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { PATHS } from "../paths.ts";
import { describeLedger, tableOf } from "./describe-ledger.ts";
import { readEvidence, type Installation, type LiveEvidence } from "./live-evidence.ts";
import { readEdits } from "./recorded-edits.ts";

interface Flags {
  readonly stack: string;
  readonly config: string;
  readonly edits?: string;
  readonly within: number;
}

const HELP = `
Reads a running installation, changes nothing, and follows every edit to where it ended: both sides hold it, a later
edit had seen it and replaced it, it lost to a rule and the history says which, it waits in an open conflict, or a side
refused it. A recorded edit whose editor got no answer is "unknown" if it cleared a field, or ended or began a life, and
nothing shows whether it happened; an answered edit never is. Without --edits the edits are those that sync_history tells of; only with it an edit is missed that the
history never heard of. Besides: no version of a group is missing from the history, each says what it replaced, both sides and the
hub are equal where nothing is parked, and what is parked is what is open.

While people edit, some of it is on its way; it looks again until nothing is amiss, at most --within seconds.

Exit code 0: all is accounted for. 1: something is not, and is named by member reference and group. 2: it could not be
read. No value of any member is printed.`;

const stackShape = z.object({
  firestore: z.object({ host: z.string(), projectId: z.string(), backend: z.string() }),
  django: z.object({ url: z.string(), token: z.string() }),
});

await new Command("npm run verify-history --")
  .description("Draws up the ledger of a running installation: every edit is accounted for, or named.")
  .option("--stack <file>", "addresses of the installation", join(process.env["MEMBER_SYNC_LOCAL"]?.trim() || PATHS.local, "stack.json"))
  .option("--config <file>", "field map and policies", PATHS.config)
  .option("--edits <file>", "edits as they were made, one JSON object a line")
  .option("--within <seconds>", "how long what is on its way may take", seconds, 20)
  .addHelpText("after", HELP)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(verify)
  .parseAsync();

async function verify(flags: Flags): Promise<void> {
  try {
    const { installation, close } = await open(flags);
    await using _ = { [Symbol.asyncDispose]: close };
    const edits = flags.edits === undefined ? undefined : readEdits(flags.edits);
    const until = performance.now() + flags.within * 1000;
    for (;;) {
      const evidence = await readEvidence(installation);
      const ledger = checkLedger({ ...evidence, edits: edits ?? editsFromHistory(evidence.history) });
      const isFine = ledger.isBalanced && evidence.unheardOf === 0;
      if (!isFine && performance.now() < until) {
        await pause(1_000);
        continue;
      }
      tell(evidence, ledger);
      process.exitCode = isFine ? 0 : 1;
      return;
    }
  } catch (error) {
    process.stderr.write(`verify-history: ${error instanceof Error ? error.message : "no reason"}\n`);
    process.exitCode = 2;
  }
}

async function open({ stack, config }: Flags): Promise<{ readonly installation: Installation; readonly close: () => Promise<void> }> {
  const { firestore: at, django } = stackShape.parse(JSON.parse(readFileSync(stack, "utf8")));
  if (at.backend === "embedded") throw new Error("the embedded backend has no Firestore to read; start with --backend sdk or docker");
  const { fieldMap } = await loadMemberSync(resolve(config));
  const firestore = createFirestore({
    projectId: at.projectId,
    deadlineMs: 60_000,
    ...(at.host !== "" && { emulatorHost: at.host }),
  });
  return { installation: { firestore, django, fieldMap }, close: () => firestore.terminate() };
}

function tell({ members, history, conflicts, deadLetters, underWay, unheardOf }: LiveEvidence, ledger: Ledger): void {
  const open = (all: readonly { readonly state: string }[]) => all.filter(({ state }) => state === "open").length;
  const lines = [
    `${members.length} members, ${history.length} history records, ${open(conflicts)} open conflicts, ${open(deadLetters)} open dead letters, ${underWay} commands and observations under way`,
    "",
    tableOf(ledger),
    "",
    ...(ledger.neverLanded > 0 ? [`${ledger.neverLanded} edits without an answer never landed`] : []),
    ...(unheardOf > 0 ? [`${unheardOf} members that the hub has never heard of`] : []),
    describeLedger(ledger),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function seconds(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError("a number of seconds is needed");
  return number;
}
