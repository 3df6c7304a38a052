import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepSecrets } from "./secrets.ts";

test("secrets are made once, kept for the next start, and readable by their owner alone", () => {
  const file = join(mkdtempSync(join(tmpdir(), "secrets-")), "deep", "secrets.json");
  const made = keepSecrets(file);
  expect(keepSecrets(file)).toEqual(made);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(new Set(Object.values(made)).size).toBe(Object.keys(made).length);
});

test("a file that cannot be read as secrets is replaced", () => {
  const file = join(mkdtempSync(join(tmpdir(), "secrets-")), "secrets.json");
  writeFileSync(file, "{}");
  expect(keepSecrets(file).webhookSecret).toMatch(/^whsec_/);
});
