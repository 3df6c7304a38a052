/**
 * Seeds that once broke a promise, and what was wrong. Each is played in every test run. What a seed stands for changes
 * when the simulator learns something new, so the rule itself also stands as a test of its own beside the code.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly was: string }[] = [];
