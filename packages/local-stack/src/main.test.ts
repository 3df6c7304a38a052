import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isFree } from "./ports.ts";
import { waitFor } from "./wait-for.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Started {
  readonly home: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], home = mkdtempSync(join(tmpdir(), "main-"))): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, MEMBER_SYNC_LOCAL: home, NO_COLOR: "1" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close").then(() => child.exitCode);
  return { home, child, output: () => output, ended };
}

const EMBEDDED = ["--backend", "embedded", "--members", "5"] as const;

async function untilReady({ home }: Started): Promise<void> {
  await waitFor(() => existsSync(join(home, "stack.json")), { what: "stack.json", deadlineMs: 20_000 });
}

function reconcilerPort(home: string): number {
  return Number(/"reconciler":\s*\{\s*"url":\s*"http:\/\/127\.0\.0\.1:(\d+)"/.exec(readFileSync(join(home, "stack.json"), "utf8"))?.[1]);
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s takes everything down: exit code 0, no port, no stack.json",
  { timeout: 40_000 },
  async (signal) => {
    const started = start([...EMBEDDED, "--no-demo"]);
    await untilReady(started);
    const port = reconcilerPort(started.home);
    started.child.kill(signal);
    expect(await started.ended).toBe(0);
    expect([existsSync(join(started.home, "stack.json")), await isFree(port)]).toEqual([false, true]);
  },
);

test("the same signal twice within a second is one: a terminal and whoever started us both send it", { timeout: 40_000 }, async () => {
  const started = start([...EMBEDDED, "--no-demo"]);
  await untilReady(started);
  started.child.kill("SIGINT");
  started.child.kill("SIGINT");
  expect(await started.ended).toBe(0);
  expect(started.output()).not.toContain("at once");
});

test(
  "the screen names backends and addresses, shows the demo's medians, and ends with three things to try",
  { timeout: 40_000 },
  async () => {
    const started = start(EMBEDDED);
    await waitFor(() => started.output().includes("Ctrl-C stops everything"), { what: "the introduction", deadlineMs: 20_000 });
    started.child.kill("SIGTERM");
    await started.ended;
    expect(started.output()).toMatch(/embedded.*for trying out/);
    expect(started.output()).toMatch(/Django → Firestore: median \d+ ms, p99 \d+ ms/);
    expect(started.output()).toMatch(/Firestore → Django: median \d+ ms, p99 \d+ ms/);
    expect(started.output().match(/^[123]\. /gm)).toEqual(["1. ", "2. ", "3. "]);
  },
);

test("with --json stdout holds one line, the addresses, and stderr events that can be parsed", { timeout: 40_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), "main-"));
  const child = spawn(process.execPath, [MAIN, ...EMBEDDED, "--json"], { env: { ...process.env, MEMBER_SYNC_LOCAL: home } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  await waitFor(() => out.endsWith("\n"), { what: "the addresses", deadlineMs: 20_000 });
  expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(join(home, "stack.json"), "utf8")));
  child.kill("SIGTERM");
  await once(child, "close");
  const events: readonly { event: string }[] = err
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toContain("end");
});

test("a second stack in the same folder is refused by name of the first", { timeout: 40_000 }, async () => {
  const first = start([...EMBEDDED, "--no-demo"]);
  await untilReady(first);
  const second = start([...EMBEDDED, "--no-demo"], first.home);
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain("runs here already");
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});

test.each([
  [["--members", "many"], "whole number"],
  [["--backend", "cloud"], "Allowed choices"],
  [["--mode", "never"], "Allowed choices"],
])("%j is refused in words", async (args, words) => {
  const started = start(args);
  expect(await started.ended).not.toBe(0);
  expect(started.output()).toContain(words);
});
