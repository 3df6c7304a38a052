import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { showDemo } from "./demo.ts";
import { djangoMembers } from "./django-rest.ts";
import { followFile, readableLine } from "./log-view.ts";
import { PATHS } from "./paths.ts";
import { jsonProgress, terminalProgress } from "./progress.ts";
import { runUntilStopped } from "./run-until-stopped.ts";
import { SERVICE_NAMES } from "./services.ts";
import { removeStackFile, runningStack, writeStackFile } from "./stack-file.ts";
import { startStack } from "./stack.ts";
import type { Stack } from "./stack-options.ts";
import { thingsToTry } from "./things-to-try.ts";

interface Flags {
  readonly mode: "realtime" | "scheduled";
  readonly members: number;
  readonly backend?: "sdk" | "docker" | "embedded";
  readonly portBase?: number;
  readonly data?: string;
  readonly demo: boolean;
  readonly json: boolean;
  readonly delivery: "push" | "pull";
}

const DEMO_EDITS = 25;
/** A stack takes seven ports. */
const LAST_PORT_BASE = 65_529;
/** `MEMBER_SYNC_LOCAL` is for a second stack from the same folder. */
const HOME = process.env["MEMBER_SYNC_LOCAL"]?.trim() || PATHS.local;
const STACK_FILE = join(HOME, "stack.json");

const program = new Command("npm start --")
  .description("Runs the whole of member-sync on this machine: emulators, Django, the three services, sample members.")
  .addOption(new Option("--mode <mode>", "when the reconciler acts").choices(["realtime", "scheduled"]).default("realtime"))
  .option("--members <n>", "sample members to create on the Django side", wholeNumber, 200)
  .addOption(
    new Option("--backend <backend>", "where the emulators come from (default: the best that is here)").choices([
      "sdk",
      "docker",
      "embedded",
    ]),
  )
  .option("--port-base <port>", "use consecutive ports from here (default: free ones)", portNumber)
  .option("--data <dir>", "keep Django's and Firestore's state here between starts")
  .option("--no-demo", "do not make the edits that measure the way across")
  .addOption(new Option("--delivery <delivery>", "how services get their messages").choices(["push", "pull"]).default("push"))
  .option("--json", "for programs: the addresses on stdout when ready, events as NDJSON on stderr, no demo", false)
  .action((flags: Flags) => main(flags));

async function main(flags: Flags): Promise<void> {
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  const progress = flags.json ? jsonProgress(write) : terminalProgress(write);
  process.exitCode = await runUntilStopped({
    warn: progress.warn,
    start: async (signal) => {
      await using starting = new AsyncDisposableStack();
      const running = await runningStack(STACK_FILE);
      if (running !== undefined)
        throw new Error(
          `member-sync runs here already (reconciler at ${running}); stop it first, or name another folder in MEMBER_SYNC_LOCAL`,
        );
      removeStackFile(STACK_FILE);
      const stack = starting.use(
        await startStack({
          home: HOME,
          mode: flags.mode,
          delivery: flags.delivery,
          members: flags.members,
          given: {
            firestore: process.env["FIRESTORE_EMULATOR_HOST"]?.trim() || undefined,
            pubsub: process.env["PUBSUB_EMULATOR_HOST"]?.trim() || undefined,
            relayPort: process.env["MEMBER_SYNC_RELAY_PORT"] === undefined ? undefined : wholeNumber(process.env["MEMBER_SYNC_RELAY_PORT"]),
          },
          ...(flags.backend === undefined ? {} : { backend: flags.backend }),
          ...(flags.portBase === undefined ? {} : { portBase: flags.portBase }),
          ...(flags.data === undefined ? {} : { dataDir: resolve(flags.data) }),
          progress,
          signal,
        }),
      );
      if (flags.demo && !flags.json && flags.members > 0) await showDemo(stack.addresses, DEMO_EDITS, progress, signal);
      starting.defer(() => removeStackFile(STACK_FILE));
      writeStackFile(STACK_FILE, stack.addresses);
      if (flags.json) process.stdout.write(`${JSON.stringify(stack.addresses)}\n`);
      else await introduce(stack);
      follow(stack, flags.json, starting);
      return starting.move();
    },
  });
}

async function introduce({ addresses, described, logsDir }: Stack): Promise<void> {
  const members = await djangoMembers(addresses.django.url, addresses.django.token).first(3);
  const lines = [
    "",
    "member-sync is ready.",
    ...described,
    `tracker     ${addresses.tracker.url}`,
    `adapter     ${addresses.djangoAdapter.url}`,
    `reconciler  ${addresses.reconciler.url}  (API: /docs, token ${addresses.reconciler.token})`,
    ...(addresses.django.adminUrl === null
      ? []
      : [`admin       ${addresses.django.adminUrl}  (${addresses.django.adminUser} / ${addresses.django.adminPassword})`]),
    `logs        ${logsDir}`,
    ...(members.length === 0
      ? []
      : thingsToTry(addresses, members).flatMap(({ title, commands }, index) => ["", `${index + 1}. ${title}`, commands])),
    "",
    "Ctrl-C stops everything. What the services say from here on:",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function follow(stack: Stack, asJson: boolean, cleanup: AsyncDisposableStack): void {
  if (asJson) return;
  const over = new AbortController();
  cleanup.defer(() => over.abort());
  for (const name of Object.values(SERVICE_NAMES)) {
    const show = (line: string) => {
      const readable = readableLine(line);
      if (readable !== undefined) process.stdout.write(`${readable}\n`);
    };
    void followFile(join(stack.logsDir, `${name}.log`), show, over.signal).catch(() => {});
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text.trim())) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 1 || port > LAST_PORT_BASE) throw new InvalidArgumentError(`It must be a port from 1 to ${LAST_PORT_BASE}.`);
  return port;
}

await program.parseAsync();
