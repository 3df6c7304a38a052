import { spawn } from "node:child_process";

/** The quick tier: format, lint, types, imports, unused code, workspace, unit tests, coverage of the planner. One command, a minute, the same in CI. */
const steps = [
  "check:format",
  "check:lint",
  "check:types",
  "check:imports",
  "check:unused",
  "check:workspace",
  "check:unit",
  "check:coverage",
];

const turbo = spawn("turbo", ["run", ...steps, "--continue", "--concurrency=2", "--output-logs=errors-only", "--log-order=grouped"], {
  stdio: "inherit",
});
turbo.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
