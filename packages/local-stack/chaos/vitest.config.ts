import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Things are broken on purpose here, on emulators and a real Django: one file at a time, and never a second try. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["*.chaos.test.ts"],
    reporters: ["default", fileURLToPath(new URL("../../../tools/count-reporter.ts", import.meta.url))],
    fileParallelism: false,
    maxConcurrency: 1,
    retry: 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    env: { METADATA_SERVER_DETECTION: "none" },
  },
});
