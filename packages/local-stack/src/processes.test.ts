import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { startGuard } from "./guard.ts";
import { startProcess, waitUntilReady } from "./processes.ts";
import { isAlive } from "./is-alive.fixture.ts";
import { waitFor } from "./wait-for.ts";

const folder = () => mkdtempSync(join(tmpdir(), "processes-"));
const script = (text: string, logFile = join(folder(), "out.log")) => ({
  name: "sample",
  command: "/bin/sh",
  args: ["-c", text],
  env: process.env,
  logFile,
});

/** A shell that starts a child of its own and prints the child's id. */
const FAMILY = "sleep 300 & echo $!; wait";

async function childOf(logFile: string): Promise<number> {
  return waitFor(() => Number(readFileSync(logFile, "utf8").trim()) || undefined, {
    what: "the child's id",
    deadlineMs: 5_000,
    everyMs: 5,
  });
}

test("stopping ends the process and its children", async () => {
  await using guard = startGuard();
  const running = await startProcess(script(FAMILY), guard);
  const child = await childOf(running.logFile);
  await running.stop();
  expect([running.hasExited(), isAlive(running.pid)]).toEqual([true, false]);
  await waitFor(() => !isAlive(child), { what: "the child's end", deadlineMs: 2_000, everyMs: 5 });
});

test("what does not hear SIGTERM is killed after its grace, also when it was stopped", async () => {
  await using guard = startGuard();
  const running = await startProcess(script("trap '' TERM; echo deaf; while :; do sleep 0.1; done"), guard);
  await waitFor(() => running.lastLines(1)[0] === "deaf", { what: "its first word", deadlineMs: 5_000, everyMs: 5 });
  running.kill("SIGSTOP");
  await running.stop(100);
  expect(await running.exited).toBe("signal SIGKILL");
});

test("one that ends before it is ready says its last words", async () => {
  await using guard = startGuard();
  const running = await startProcess(script("echo 'no such setting'; exit 3"), guard);
  await expect(waitUntilReady(running, async () => false, { deadlineMs: 10_000 })).rejects.toThrow(
    /ended before it was ready\nno such setting/,
  );
  expect(await running.exited).toBe("exit code 3");
});

test("a program that is not there is named", async () => {
  await using guard = startGuard();
  await expect(startProcess({ ...script(""), command: "/no/such/program" }, guard)).rejects.toThrow("sample cannot be started");
});

test("a second start keeps what the first one logged", async () => {
  await using guard = startGuard();
  const spec = script("echo again");
  for (const append of [false, true]) await (await startProcess({ ...spec, append }, guard)).exited;
  expect(readFileSync(spec.logFile, "utf8")).toBe("again\nagain\n");
});

test("when we are killed outright, the guard ends what we had started", async () => {
  const [logFile, started] = [join(folder(), "out.log"), join(folder(), "started")];
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const program = `
    const { startGuard } = await import(${url("./guard.ts")});
    const { startProcess } = await import(${url("./processes.ts")});
    const { writeFileSync } = await import("node:fs");
    await startProcess(${JSON.stringify(script(FAMILY, logFile))}, startGuard());
    writeFileSync(${JSON.stringify(started)}, "");
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
  const child = await waitFor(() => Number(readFileSync(logFile, "utf8").trim()) || undefined, {
    what: "the child's id",
    deadlineMs: 10_000,
  });
  // The child may write before the guard has heard of it.
  await waitFor(() => existsSync(started) || undefined, { what: "the guard's knowledge of the child", deadlineMs: 10_000 });
  parent.kill("SIGKILL");
  await waitFor(() => !isAlive(child), { what: "the child's end", deadlineMs: 20_000, everyMs: 10 });
});
