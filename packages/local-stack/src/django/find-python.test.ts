import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probe } from "./find-python.ts";

/** A program that says what a Python with such a Django would say, or fails as one without would. */
function python(version: string | undefined): string {
  const file = join(mkdtempSync(join(tmpdir(), "python-")), "python");
  writeFileSync(file, version === undefined ? "#!/bin/sh\necho ModuleNotFoundError >&2\nexit 1\n" : `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("the first candidate that has Django is taken", async () => {
  const [without, old, recent] = [python(undefined), python("3.2.25"), python("5.2")];
  expect(await probe(["/no/such/python", without, old, recent], ["django"])).toEqual({ command: old, version: "3.2.25" });
});

test("without any there is none", async () => {
  expect(await probe(["/no/such/python", python(undefined)], ["django", "psycopg2"])).toBeUndefined();
});
