import { expect } from "vitest";

/**
 * Stands in for vitest where the tests of a patched planner run: it registers tests and runs them on demand, so that one
 * process can run the same test file against many patches.
 */
interface RegisteredTest {
  readonly name: string;
  readonly body: () => unknown;
}

const registered: RegisteredTest[] = [];
const enclosing: string[] = [];

export { expect };

export function describe(name: string, body: () => void): void {
  enclosing.push(name);
  body();
  enclosing.pop();
}

export function test(name: string, body: () => unknown): void {
  registered.push({ name: [...enclosing, name].join(" > "), body });
}

test.each =
  (rows: readonly unknown[]) =>
  (name: string, body: (...row: readonly unknown[]) => unknown): void => {
    for (const row of rows) test(name, () => (Array.isArray(row) ? body(...row) : body(row)));
  };

/** A known gap fails with and without a patch: it says nothing of the patch. */
test.fails = (_name: string, _body: () => unknown): void => undefined;

/** What the tests that have been registered so far come to. */
export interface TestsOutcome {
  readonly count: number;
  readonly failed: readonly string[];
}

/** Runs what has been registered. Throws for a failure that is no assertion's: the patched source is broken, not wrong. */
export async function runRegistered(): Promise<TestsOutcome> {
  const failed: string[] = [];
  for (const { name, body } of registered) {
    try {
      await body();
    } catch (error) {
      if (error instanceof ReferenceError || error instanceof TypeError) throw error;
      failed.push(name);
    }
  }
  return { count: registered.length, failed };
}
