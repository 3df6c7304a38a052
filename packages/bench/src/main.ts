import { terminalProgress } from "@member-sync/local-stack/progress.ts";
import { Command } from "commander";
import { bulkCommand } from "./cli/bulk-command.ts";
import { latencyCommand } from "./cli/latency-command.ts";
import { soakCommand } from "./cli/soak-command.ts";

const progress = terminalProgress((line) => void process.stderr.write(`${line}\n`));

// The processes are ended by their guard, and the folder goes with this one's exit.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    process.stderr.write(`stopped by ${signal}\n`);
    process.exit(1);
  });
}

const bulk = bulkCommand(progress);

await new Command("npm run bench --")
  .description("Measures member-sync beside what one would choose instead, on the same emulators and the same Django.")
  .addHelpText("after", () => `\nWithout a command, or with bulk:\n\n${bulk.helpInformation()}`)
  .addCommand(bulk, { isDefault: true })
  .addCommand(latencyCommand(progress))
  .addCommand(soakCommand(progress))
  .parseAsync();
