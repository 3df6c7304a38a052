import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Emulators, Django and three services per file: one file at a time, and a failure is a failure at the first try. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["*.e2e.test.ts"],
    reporters: ["default", fileURLToPath(new URL("../../../tools/count-reporter.ts", import.meta.url))],
    fileParallelism: false,
    maxConcurrency: 1,
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    env: { METADATA_SERVER_DETECTION: "none" },
  },
});
