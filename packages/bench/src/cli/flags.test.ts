import { expect, test } from "vitest";
import { someOf, whole, wholes } from "./flags.ts";

test("numbers are whole, and not too small", () => {
  expect(wholes(1)("100,1000")).toEqual([100, 1_000]);
  expect(() => wholes(1)("100,")).toThrow("at least 1");
  expect(() => whole(0)("1.5")).toThrow("at least 0");
});

test("names come in their own order, and a name that is not known is refused", () => {
  const read = someOf(["seed", "floor", "member-sync"]);
  expect(read("member-sync,seed")).toEqual(["seed", "member-sync"]);
  expect(() => read("seed,flor")).toThrow("seed, floor, member-sync are expected");
});
