import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SERVICES } from "./names.ts";
import { valueAt } from "./value-at.fixture.ts";

const ROOT = join(import.meta.dirname, "../..");

describe.each(SERVICES)("the image of %s", (service) => {
  const lines = readFileSync(join(ROOT, `infra/containers/${service}.Dockerfile`), "utf8").split("\n");
  const after = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const copied = after("COPY")
    .filter((rest) => !rest.startsWith("--from"))
    .map((rest) => rest.split(" "));

  it("copies only what exists", () => {
    const sources = copied.flatMap((words) => words.slice(0, -1));
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    expect(sources).toContain("member-sync.config.ts");
  });

  it("has the manifest and the source of every package of ours that the service needs, where the workspace has them", () => {
    const needed = [`services/${service}`, ...workspacePackagesOf(service).map((name) => `packages/${name}`)];
    for (const folder of needed) {
      expect(copied).toContainEqual([`${folder}/package.json`, `${folder}/`]);
      expect(copied).toContainEqual([`${folder}/src`, `${folder}/src`]);
    }
  });

  it("starts a file that exists, and not as root", () => {
    const entry = `services/${service}/src/main.ts`;
    expect(after("CMD")).toEqual([JSON.stringify(["node", entry]).replace(",", ", ")]);
    expect(existsSync(join(ROOT, entry))).toBe(true);
    expect(after("USER")).toEqual(["node"]);
  });

  it("bounds the heap, well below the memory that the service is given", () => {
    expect(after("ENV")).toEqual(["NODE_OPTIONS=--max-old-space-size=256"]);
  });

  it("installs from the lock file, with the workspace's own pnpm, what production needs", () => {
    const pnpm = valueAt(readJson("package.json"), "packageManager");
    expect(after("RUN")).toEqual([`npx --yes ${String(pnpm)} install --prod --frozen-lockfile --filter "@member-sync/${service}..."`]);
    expect(after("FROM").map((from) => from.split(" ")[0])).toEqual(["node:24-slim", "node:24-slim"]);
    expect(lines.join("\n")).not.toContain("NODE_ENV");
  });
});

function workspacePackagesOf(service: string): readonly string[] {
  const dependencies = valueAt(readJson(`services/${service}/package.json`), "dependencies") ?? {};
  return Object.entries(dependencies).flatMap(([name, range]) => (range === "workspace:*" ? [name.replace("@member-sync/", "")] : []));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}
