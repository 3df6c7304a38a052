import { expect, test } from "vitest";
import { latenciesOf } from "./demo.ts";

test("median and 99th percentile are by nearest rank", () => {
  expect(latenciesOf([5, 1, 3])).toEqual({ edits: 3, medianMs: 3, p99Ms: 5 });
  expect(latenciesOf(Array.from({ length: 200 }, (_, index) => index + 1))).toEqual({ edits: 200, medianMs: 100, p99Ms: 198 });
});
