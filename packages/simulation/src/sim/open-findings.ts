/**
 * Faults that the simulation has found and that are not mended yet. While one is open, its histories step around it; set it
 * to `false` to see it again. Each stands as an expected failure in a unit test, and goes from here when that one passes.
 */
export const OPEN = {
  /** An edit whose event comes after that of a replaced document is late, and the value before it is put back. */
  replacementOvertakesEdit: true,
} as const;
