import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { World } from "../e2e/world/world.ts";
import { PATHS } from "../src/paths.ts";
import { writeStackFile } from "../src/stack-file.ts";
import { describeLedger } from "../src/verify/describe-ledger.ts";
import { CHAOS_CONFIG, openBreakableWorld, runChaos, type ChaosResult } from "./run/chaos-run.ts";
import { anySeed } from "./world/tape.ts";

const BROKEN_MS = 40_000;
const SETTLE_MS = 120_000;

const run = promisify(execFile);
const ended = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
const folder = mkdtempSync(join(tmpdir(), "member-sync-ledger-"));
const [stackFile, editsFile] = [join(folder, "stack.json"), join(folder, "edits.jsonl")];

let world: World;
let result: ChaosResult | undefined;
beforeAll(async () => {
  world = await openBreakableWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("all kinds of faults at once, for 40 seconds of edits on both sides: every edit is accounted for", { timeout: 300_000 }, async () => {
  result = await runChaos(world, { seed: anySeed(), forMs: BROKEN_MS, settleMs: SETTLE_MS });
  const { workload, settled, tally, deaths, lostDecisions } = result;
  expect(settled.isAtRest, `seed ${workload.seed}: at rest within ${SETTLE_MS / 1000} s`).toBe(true);
  expect(settled.ledger.isBalanced, `seed ${workload.seed}: ${describeLedger(settled.ledger)}`).toBe(true);
  expect(lostDecisions, "decisions that the history lacks").toBe(0);
  expect(deaths, "services that died without being killed").toEqual([]);
  expect(tally.counts.size, "kinds of faults").toBeGreaterThan(10);
  expect(settled.ledger.edits).toBeGreaterThan(200);
});

test("verify-history reads the same from the running installation, with and without the edits, and names nobody", async () => {
  writeStackFile(stackFile, world.stack.addresses);
  const edits = result?.workload.edits ?? [];
  writeFileSync(editsFile, edits.map((edit) => `${JSON.stringify(edit)}\n`).join(""));
  const withEdits = await verifyHistory("--edits", editsFile);
  expect(withEdits.code, `exit code for\n${withEdits.stdout}${withEdits.stderr}`).toBe(0);
  expect(withEdits.stdout).toMatch(
    /^edits: \d+ = \d+ current \+ \d+ superseded \+ \d+ lost to a rule \+ \d+ in conflict \+ \d+ refused \+ \d+ unknown$/m,
  );
  const withoutEdits = await verifyHistory();
  expect(withoutEdits.code, `exit code for\n${withoutEdits.stdout}${withoutEdits.stderr}`).toBe(0);
  for (const kennitala of result?.workload.kennitalas ?? []) expect(withEdits.stdout).not.toContain(kennitala);
});

test("verify-history misses an entry that is taken out of the history, and an edit that was never there", async () => {
  const history = world.portal.firestore.collection("sync_history");
  const [record] = (await history.get()).docs;
  if (record === undefined) throw new Error("there is no history");
  await record.ref.delete();
  const { code, stdout } = await verifyHistory("--within", "0");
  await record.ref.set(record.data());
  expect(code).toBe(1);
  expect(stdout).toMatch(/promise 1: .* the history has version \d+ where \d+ is due/);

  const memberRef: unknown = record.data()["memberRef"];
  writeFileSync(editsFile, `${JSON.stringify({ id: "e", side: "django", memberRef, group: "name", value: "Enginn", saw: null, at: 1 })}\n`);
  const missed = await verifyHistory("--within", "0", "--edits", editsFile);
  expect(missed.code).toBe(1);
  expect(missed.stdout).toContain("+ 1 VANISHED");
  expect(missed.stdout).not.toContain("Enginn");
});

test("verify-history says what it cannot read", async () => {
  expect(await verifyHistory("--stack", join(folder, "none.json"))).toMatchObject({ code: 2 });
  writeFileSync(editsFile, "{}\n");
  expect((await verifyHistory("--edits", editsFile)).stderr).toContain("line 1 of the edits is no edit");
});

async function verifyHistory(...more: readonly string[]): Promise<z.infer<typeof ended>> {
  const main = join(PATHS.root, "packages/local-stack/src/verify/main.ts");
  const args = [main, "--stack", stackFile, "--config", CHAOS_CONFIG, ...more];
  try {
    return { code: 0, ...(await run(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: "" }, maxBuffer: 10_000_000 })) };
  } catch (error) {
    return ended.parse(error);
  }
}
