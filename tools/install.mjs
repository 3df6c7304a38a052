// Installs the workspace with the pinned pnpm. Runs under any Node ≥ 20 and needs nothing installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";

const { packageManager } = JSON.parse(readFileSync("package.json", "utf8"));
const marker = "node_modules/.modules.yaml";
const inputs = ["pnpm-lock.yaml", "package.json", "pnpm-workspace.yaml"];

const isCurrent = existsSync(marker) && inputs.every((file) => statSync(file).mtimeMs <= statSync(marker).mtimeMs);

if (!isCurrent) {
  console.error(`Installing the workspace with ${packageManager} (first run, or the lock file changed) …`);
  const npx = process.platform === "win32" ? "npx.cmd" : "npx";
  const result = spawnSync(npx, ["--yes", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (result.status !== 0) {
    console.error("The installation failed; the lines above say why. It needs the npm registry to be reachable.");
    process.exit(result.status ?? 1);
  }
  // An installation that found nothing to do leaves its marker as it was, and the next start would ask again.
  utimesSync(marker, new Date(), new Date());
}
