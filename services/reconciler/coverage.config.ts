import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * The planner's own tests must take every branch of it. Only those that always do the same: what a random case
 * happens to reach today is no proof for tomorrow.
 */
export default defineConfig({
  test: {
    include: ["services/reconciler/src/core/**/*.test.ts"],
    exclude: ["**/*.property.test.ts", "**/*.sim.test.ts"],
    reporters: ["default", fileURLToPath(new URL("../../tools/count-reporter.ts", import.meta.url))],
    coverage: {
      enabled: true,
      provider: "v8",
      include: ["services/reconciler/src/core/**/*.ts"],
      exclude: ["**/testing/**", "**/*.test.ts"],
      reporter: ["text-summary", "text"],
      reportsDirectory: ".local/coverage",
      thresholds: { branches: 100 },
    },
  },
});
