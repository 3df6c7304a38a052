import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runDemo, showDemo } from "./demo.ts";
import { findPython } from "./django/find-python.ts";
import { findSdkFiles } from "./emulators/sdk-files.ts";
import { startGuard } from "./guard.ts";
import { isAlive } from "./is-alive.fixture.ts";
import { createParts } from "./parts.ts";
import { createPorts, isFree } from "./ports.ts";
import { silentProgress, type Progress } from "./progress.ts";
import type { StackAddresses } from "./stack-file.ts";
import { startStack } from "./stack.ts";
import type { StackOptions } from "./stack-options.ts";

const never = new AbortController().signal;

function portsOf(addresses: StackAddresses): readonly number[] {
  const { firestore, pubsub, django, tracker, djangoAdapter, reconciler } = addresses;
  const urls = [
    django.url,
    tracker.url,
    djangoAdapter.url,
    reconciler.url,
    `http://${firestore.host}`,
    ...(pubsub.host === "" ? [] : [`http://${pubsub.host}`]),
  ];
  return urls.map((url) => Number(new URL(url).port));
}

async function startsCrossesAndStops(options: Omit<StackOptions, "home">) {
  const home = mkdtempSync(join(tmpdir(), "stack-"));
  const stack = await startStack({ home, members: 3, restarts: false, ...options });
  const pids = Object.values(stack.processes).flatMap((part) => part?.pid() ?? []);
  const ports = portsOf(stack.addresses);
  try {
    const demo = await runDemo(stack.addresses, 2, never);
    expect(demo?.fromDjango.edits).toBe(2);
    expect(demo?.fromFirestore.medianMs).toBeGreaterThan(0);
    expect(await Promise.all(ports.map(isFree))).not.toContain(true);
  } finally {
    await stack[Symbol.asyncDispose]();
  }
  expect(pids.map(isAlive)).not.toContain(true);
  expect(await Promise.all(ports.map(isFree))).not.toContain(false);
  return { home, pids, addresses: stack.addresses };
}

test("the embedded backend crosses both ways with nothing but Node, and leaves no port behind", { timeout: 30_000 }, async () => {
  const { pids, addresses } = await startsCrossesAndStops({ backend: "embedded" });
  expect(pids).toEqual([]);
  expect([addresses.firestore.backend, addresses.pubsub.host, addresses.django.backend]).toEqual(["embedded", "", "stand-in"]);
});

test("makes no demo edits on a sync that is paused, and says so", { timeout: 30_000 }, async () => {
  await using stack = await startStack({ home: mkdtempSync(join(tmpdir(), "stack-")), members: 3, restarts: false, backend: "embedded" });
  const { url, token } = stack.addresses.reconciler;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ paused: true, reason: "a test" });
  expect((await fetch(`${url}/api/control`, { method: "POST", headers, body })).status).toBe(200);
  const notes: string[] = [];
  await showDemo(stack.addresses, 2, { ...silentProgress, note: (text) => notes.push(text) }, never);
  expect(notes).toEqual([expect.stringContaining("the sync is paused")]);
});

test("two embedded stacks run beside each other", { timeout: 30_000 }, async () => {
  await Promise.all([startsCrossesAndStops({ backend: "embedded" }), startsCrossesAndStops({ backend: "embedded" })]);
});

const missing = await whatIsMissing();
if (missing !== undefined) console.warn(`The stack on the real parts is not tested here: ${missing}`);

test.runIf(missing === undefined)(
  "emulators, relay, trigger, Django and services cross both ways and leave no process and no port behind",
  { timeout: 120_000 },
  async () => {
    const { home, pids, addresses } = await startsCrossesAndStops({ backend: "sdk" });
    expect(pids.length).toBe(6);
    expect([addresses.firestore.backend, addresses.django.backend]).toEqual(["sdk", "django"]);
    expect(readFileSync(join(home, "logs", "tracker.log"), "utf8")).toContain('"service":"tracker"');
  },
);

test.runIf(missing === undefined)("a start that is called off takes down what was started by then", { timeout: 120_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), "stack-"));
  const portBase = await consecutiveFreePorts(7);
  const calledOff = new AbortController();
  const held: boolean[] = [];
  const progress: Progress = {
    ...silentProgress,
    async step(name, work) {
      if (name.startsWith("Starting tracker")) {
        held.push(...(await Promise.all([0, 1, 2].map((offset) => isFree(portBase + offset)))));
        setTimeout(() => calledOff.abort(new Error("enough")), 300);
      }
      return work(() => {});
    },
  };
  await expect(startStack({ home, backend: "sdk", portBase, restarts: false, progress, signal: calledOff.signal })).rejects.toThrow(
    "enough",
  );
  expect(held, "emulators and Django ran by then").toEqual([false, false, false]);
  expect(await Promise.all(Array.from({ length: 7 }, (_, offset) => isFree(portBase + offset)))).not.toContain(false);
});

async function consecutiveFreePorts(count: number): Promise<number> {
  for (;;) {
    const base = await createPorts().next();
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(base + offset)));
    if (!free.includes(false)) return base;
  }
}

/** What the test on the real parts needs and this machine lacks, in one line. */
async function whatIsMissing(): Promise<string | undefined> {
  const files = await findSdkFiles();
  if ("missing" in files) return files.missing;
  await using guard = startGuard();
  const logsDir = join(mkdtempSync(join(tmpdir(), "stack-")), "logs");
  const python = await findPython(createParts({ guard, logsDir, progress: silentProgress, restarts: false, signal: never }));
  return "missing" in python ? python.missing : undefined;
}
