import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followFile, readableLine } from "./log-view.ts";
import { waitFor } from "./wait-for.ts";

const line = (fields: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ level: "info", severity: "INFO", time: "2026-03-01T12:34:56.789Z", service: "reconciler", ...fields });

test("a business event is one readable line", () => {
  expect(readableLine(line({ msg: "conflict open", group: "phone", count: 2 }), false)).toBe(
    "12:34:56 reconciler     info  conflict open group=phone count=2",
  );
});

test.each([
  ["debug lines", line({ level: "debug", msg: "x" })],
  ["what is no JSON", "Error: stack trace"],
  ["what is no log line", "[1]"],
])("%s are left out", (_what, text) => {
  expect(readableLine(text, false)).toBeUndefined();
});

test("errors keep what is known of their cause", () => {
  expect(readableLine(line({ level: "error", msg: "failed", err: { type: "SyncError", code: "store_unavailable" } }), false)).toContain(
    'err={"type":"SyncError"',
  );
});

test("a followed file tells what is appended, whole lines, also when a letter is torn apart", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "follow-")), "a.log");
  writeFileSync(file, "before\n");
  const over = new AbortController();
  const seen: string[] = [];
  const following = followFile(file, (text) => seen.push(text), over.signal);
  await waitFor(
    () => {
      if (seen.length === 0) appendFileSync(file, "probe\n");
      return seen.length > 0;
    },
    { what: "the first line", deadlineMs: 5_000 },
  );
  const torn = Buffer.from("Þóra\n");
  appendFileSync(file, torn.subarray(0, 1));
  appendFileSync(file, torn.subarray(1));
  await waitFor(() => seen.at(-1) === "Þóra", { what: "the torn line", deadlineMs: 5_000 });
  expect(seen).not.toContain("before");
  over.abort();
  await following;
});
