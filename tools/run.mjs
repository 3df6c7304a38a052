// Runs a TypeScript program of this workspace with the Node that the workspace pins (24), whatever Node npm itself runs on.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const [script, ...args] = process.argv.slice(2);
const binaries = resolve("node_modules/.bin");
const node = resolve("node_modules/node/bin/node");
const child = spawn(existsSync(node) ? node : process.execPath, [script, ...args], {
  stdio: "inherit",
  env: {
    ...process.env,
    PATH: [binaries, resolve("node_modules/node/bin"), process.env.PATH].join(delimiter),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(resolve("node_modules"), ".cache", "node"),
    METADATA_SERVER_DETECTION: "none",
    TURBO_TELEMETRY_DISABLED: "1",
  },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
