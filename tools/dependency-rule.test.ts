import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";

const fixture = join(import.meta.dirname, "fixtures", "forbidden");
const report = z.object({
  summary: z.object({ violations: z.array(z.object({ rule: z.object({ name: z.string() }) })), totalCruised: z.number() }),
});

function cruise(folders: readonly string[], cwd: string) {
  const config = resolve(import.meta.dirname, "..", ".dependency-cruiser.cjs");
  const run = spawnSync("depcruise", [...folders, "--config", config, "--output-type", "json"], { cwd, encoding: "utf8", maxBuffer: 1e8 });
  return report.parse(JSON.parse(run.stdout)).summary;
}

test("the dependency rule notices each kind of forbidden import", () => {
  const { violations } = cruise(["services", "packages"], fixture);
  expect(new Set(violations.map(({ rule }) => rule.name))).toEqual(
    new Set([
      "core-is-pure",
      "app-sees-ports-only",
      "adapters-do-not-know-each-other",
      "services-do-not-know-each-other",
      "shared-knows-nobody",
      "fakes-know-the-language-only",
      "services-run-without-fakes",
      "no-cycles",
    ]),
  );
});

test("the dependency rule sees the real modules", () => {
  const { totalCruised } = cruise(["services/reconciler/src"], resolve(import.meta.dirname, ".."));
  expect(totalCruised).toBeGreaterThan(50);
});
