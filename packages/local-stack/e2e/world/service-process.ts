import { spawn } from "node:child_process";
import { join } from "node:path";
import { PATHS } from "../../src/paths.ts";
import { eventually } from "./eventually.ts";

export interface Started {
  readonly output: () => string;
  /** `undefined` while it runs. */
  readonly exitCode: () => number | null | undefined;
}

/** Starts a service's `main.ts` with exactly this environment, lets `use` look at it, and ends it. */
export async function withService(
  name: string,
  env: Readonly<Record<string, string>>,
  use: (started: Started) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [join(PATHS.service(name), "src", "main.ts")], {
    env: { PATH: process.env["PATH"] ?? "", METADATA_SERVER_DETECTION: "none", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let exitCode: number | null | undefined;
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.on("exit", (code) => (exitCode = code));
  try {
    await use({ output: () => output, exitCode: () => exitCode });
  } finally {
    if (exitCode === undefined) child.kill("SIGKILL");
    await eventually("the service having ended", () => exitCode !== undefined);
  }
}
