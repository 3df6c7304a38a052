import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { sampleAddresses } from "./sample-addresses.fixture.ts";
import { removeStackFile, writeStackFile } from "./stack-file.ts";

test("the file holds the addresses under the names that other programs read, and leaves nothing beside it", () => {
  const file = join(mkdtempSync(join(tmpdir(), "stack-")), ".local", "stack.json");
  writeStackFile(file, sampleAddresses);
  const written: unknown = JSON.parse(readFileSync(file, "utf8"));
  expect(written).toEqual(sampleAddresses);
  expect(Object.keys(sampleAddresses)).toEqual([
    "mode",
    "firestore",
    "pubsub",
    "django",
    "tracker",
    "djangoAdapter",
    "reconciler",
    "console",
  ]);
  expect(readdirSync(dirname(file))).toEqual(["stack.json"]);
  expect(statSync(file).mode & 0o077).toBe(0);
  removeStackFile(file);
  removeStackFile(file);
  expect(existsSync(file)).toBe(false);
});
