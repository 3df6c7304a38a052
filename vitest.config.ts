import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{services,packages}/*/{src,test}/**/*.test.ts", "infra/**/*.test.ts", "tools/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.e2e.test.ts", "**/*.chaos.test.ts", "**/fixtures/**"],
    reporters: ["default", "./tools/count-reporter.ts"],
    // Left out, it is one fewer than there are cores: on two, every file would wait for the one before.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
