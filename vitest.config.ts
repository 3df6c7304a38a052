import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{services,packages}/*/{src,test}/**/*.test.ts", "infra/**/*.test.ts", "tools/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.e2e.test.ts", "**/*.chaos.test.ts", "**/fixtures/**"],
    reporters: ["default", "./tools/count-reporter.ts"],
    // Vitest's default is one worker fewer than there are cores: on two cores, the test files would run one after another.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
