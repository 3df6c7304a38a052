import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startGuard, type Guard } from "./guard.ts";
import { startProcess } from "./processes.ts";
import { supervise, type SupervisedSpec } from "./supervised.ts";
import { waitFor } from "./wait-for.ts";

function sleeper(guard: Guard, restarts: boolean, deaths: string[]): SupervisedSpec {
  const logFile = join(mkdtempSync(join(tmpdir(), "supervised-")), "out.log");
  return {
    name: "sleeper",
    logFile,
    restarts,
    start: (append) =>
      startProcess(
        { name: "sleeper", command: "/bin/sh", args: ["-c", "echo up; exec sleep 300"], env: process.env, logFile, append },
        guard,
      ),
    onDeath: (text, lines) => deaths.push([text, ...lines].join("|")),
  };
}

test("a death that nobody asked for is told with the last lines, and followed by a new start", async () => {
  await using guard = startGuard();
  const deaths: string[] = [];
  const supervised = await supervise(sleeper(guard, true, deaths));
  const first = supervised.pid();
  await waitFor(() => first !== undefined, { what: "a pid", deadlineMs: 1_000 });
  supervised.kill("SIGKILL");
  await waitFor(() => supervised.pid() !== undefined && supervised.pid() !== first, { what: "a new process", deadlineMs: 5_000 });
  expect(deaths[0]).toMatch(/^sleeper ended \(signal SIGKILL\); starting it again in 0.5 s/);
  await supervised.stop();
  expect(supervised.pid()).toBeUndefined();
});

test("where restarts are off it stays dead until it is restarted, which tells nothing", async () => {
  await using guard = startGuard();
  const deaths: string[] = [];
  const supervised = await supervise(sleeper(guard, false, deaths));
  supervised.kill("SIGKILL");
  await supervised.waitForExit();
  expect(supervised.pid()).toBeUndefined();
  await supervised.restart();
  expect(supervised.pid()).toBeDefined();
  await supervised.restart();
  expect(deaths.length).toBe(1);
  await supervised.stop();
});
