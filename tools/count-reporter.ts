import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints `N passed, N failed, N skipped` alone on the last line, names what was skipped and why, and adds the counts to
 * the file that COUNTS_FILE names, so that several runs can be summed.
 */
class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = tests.length - passed - skipped.length + broken + errors.length;
    for (const test of skipped) console.log(`skipped: ${test.fullName}`);
    console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    const file = process.env["COUNTS_FILE"];
    if (file !== undefined) appendFileSync(file, `${passed} ${failed} ${skipped.length}\n`);
  }
}

export default CountReporter;
