import { terminalProgress } from "@member-sync/local-stack/progress.ts";
import { Command } from "commander";
import { bulkCommand } from "./cli/bulk-command.ts";
import { latencyCommand } from "./cli/latency-command.ts";
import { soakCommand } from "./cli/soak-command.ts";

const progress = terminalProgress((line) => void process.stderr.write(`${line}\n`));

await new Command("npm run bench --")
  .description("Measures member-sync beside what one would choose instead, on the same emulators and the same Django.")
  .addCommand(bulkCommand(progress), { isDefault: true })
  .addCommand(latencyCommand(progress))
  .addCommand(soakCommand(progress))
  .parseAsync();
