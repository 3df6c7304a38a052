import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { createHttpServer } from "@member-sync/shared/http/server.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { Secret } from "@member-sync/shared/runtime/secret.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { expect, test } from "vitest";
import { held, landed, MAP, MAP_WITH_NICKNAME, reconcilerUnderTest } from "../test/reconciler-under-test.ts";
import { registerApi } from "./adapters/http/register-api.ts";

const GUIDES = resolve(import.meta.dirname, "../../../docs/guides");
const TOKEN = "a-token-of-the-tests";
const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const run = promisify(execFile);

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

/** The blocks of a guide that a reader types into a shell, as one script that stops at the first command that fails. */
function scriptOf(guide: string): string {
  const text = readFileSync(join(GUIDES, guide), "utf8");
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return ["set -euo pipefail", ...blocks].join("\n");
}

/** Types a guide's commands, and returns the answers in their order. */
async function typed(guide: string, reconciler: UnderTest): Promise<readonly unknown[]> {
  const log = createLogger({ service: "reconciler", level: "silent" });
  const ready = async () => ({ ok: true, checks: {} });
  await using app = createHttpServer({
    service: "reconciler",
    log,
    ready,
    metrics: { ...createMetrics("unused"), text: reconciler.metrics },
  });
  await registerApi(app, { useCases: reconciler.useCases, tokens: [new Secret(TOKEN)] });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const env = { ...process.env, RECONCILER: url, TOKEN, LINEAGE: "second" };
  const { stdout } = await run("bash", ["-c", scriptOf(guide)], { env });
  return stdout.split("\n").flatMap((line): unknown[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
}

/** Both sides hold the member; Django tells the lineage `first`. */
async function inSync(reconciler: UnderTest): Promise<void> {
  await reconciler.take(held("django", 9, JON, { lineage: "first" }));
  for (let revision = 10; reconciler.commands("firestore").length > revision - 10; revision += 1) {
    const command = reconciler.commands("firestore").at(-1);
    if (command !== undefined) await reconciler.take(landed(command, revision, JON));
  }
}

test("the commands of «Adding a field» do what the page says", async () => {
  const reconciler = reconcilerUnderTest();
  await inSync(reconciler);
  await reconciler.takeFrom(MAP_WITH_NICKNAME, held("django", 10, { ...JON, nickname: "X" }));
  await reconciler.takeFrom(MAP, held("django", 10, JON));
  const answers = await typed("adding-a-field.md", reconciler);
  expect(answers).toMatchObject([
    { members: 1, looks: { django: 1, firestore: 1 }, next: null },
    { items: [], next: null },
    { paused: false, suspicions: [] },
  ]);
});

test("the commands of «Changing a policy on live data» do what the page says", async () => {
  const reconciler = reconcilerUnderTest({ realTime: true });
  await inSync(reconciler);
  const answers = await typed("changing-a-policy.md", reconciler);
  expect(answers).toMatchObject([
    { items: [] },
    { type: "flush", status: "success" },
    { paused: true, reason: "new policy for email" },
    { paused: true },
    { items: [] },
    { paused: false, reason: null },
  ]);
});

test("the commands of «Restoring a side from a backup» do what the page says", async () => {
  const reconciler = reconcilerUnderTest();
  await inSync(reconciler);
  await reconciler.take(held("django", 4, { ...JON, email: "old@a.is" }, { lineage: "second" }));
  const answers = await typed("restoring-a-side.md", reconciler);
  expect(answers).toMatchObject([
    { suspicions: [{ side: "django", from: "first", to: ["second"], members: 1 }] },
    { paused: true },
    { side: "django", lineage: "second", ended: ["first"], reason: "last night's dump", wasSuspected: true },
    { paused: false },
    { looks: { django: 1, firestore: 0 } },
    { items: [{ group: "email", django: { value: "old@a.is" }, firestore: { value: "jon@a.is" } }] },
  ]);
});

test("every guide is typed by a test, and reached from the front page", () => {
  const guides = readdirSync(GUIDES);
  const tests = readFileSync(import.meta.filename, "utf8");
  const front = readFileSync(join(GUIDES, "../../README.md"), "utf8");
  expect(guides.filter((guide) => !tests.includes(`typed("${guide}"`) || !front.includes(`docs/guides/${guide}`))).toEqual([]);
});
