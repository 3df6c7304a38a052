import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { foreignWrites } from "./core-writes.ts";

const root = resolve(import.meta.dirname, "..");
const fixture = join(import.meta.dirname, "fixtures", "core-rules");
const core = join("services", "reconciler", "src", "core");
const report = z.object({ diagnostics: z.array(z.object({ code: z.string() })) });

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
}

/** The linter walks no fixtures, so the fixture is checked as a project of its own, under the very same rules. */
function lintFixture(): readonly string[] {
  const project = mkdtempSync(join(tmpdir(), "core-rules-"));
  try {
    cpSync(fixture, project, { recursive: true });
    copyFileSync(join(root, ".oxlintrc.json"), join(project, ".oxlintrc.json"));
    const run = spawnSync("oxlint", ["--format", "json"], { cwd: project, encoding: "utf8" });
    return report.parse(JSON.parse(run.stdout)).diagnostics.map(({ code }) => code);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

test("no function of the core writes to anything that it did not make itself", () => {
  const names = sourcesIn(join(root, core));
  expect(names.length).toBeGreaterThan(30);
  expect(names.flatMap((name) => foreignWrites(name, readFileSync(join(root, core, name), "utf8")))).toEqual([]);
});

test("each way to change an argument is noticed, and nothing that a function makes itself", () => {
  const text = readFileSync(join(fixture, core, "writes.ts"), "utf8");
  const wrong = text.split("\n").flatMap((line, at) => (line.includes("; // wrong") ? [at + 1] : []));
  const found = foreignWrites("writes.ts", text).map((each) => Number(/:(\d+) /.exec(each)?.[1]));
  expect(found).toEqual(wrong);
});

test("the linter notices a function of the core that is too long, takes too much or reassigns an argument", () => {
  const codes = lintFixture().filter((code) => code.startsWith("eslint("));
  expect(new Set(codes)).toEqual(new Set(["eslint(max-lines-per-function)", "eslint(max-params)", "eslint(no-param-reassign)"]));
});
