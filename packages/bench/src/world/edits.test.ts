import { expect, test } from "vitest";
import { createEdits, pick, spread } from "./edits.ts";

test("no two edits have a value in common, also when a member is edited again", () => {
  const newEdits = createEdits();
  const edits = [...newEdits(["a", "b"]), ...newEdits(["a", "b"])];
  expect(new Set(edits.flatMap(({ phone, email }) => [phone, email])).size).toBe(8);
});

test("members are picked at random, each at most once", () => {
  const list = Array.from({ length: 1_200 }, (_, at) => at);
  const [one, other] = [pick(list, 1_000), pick(list, 1_000)];
  expect([new Set(one).size, new Set(other).size]).toEqual([1_000, 1_000]);
  expect(one.toSorted((a, b) => a - b)).not.toEqual(other.toSorted((a, b) => a - b));
  expect(pick([1], 5)).toEqual([1]);
});

test("a sample is spread over the whole, its ends among it, and none is taken twice", () => {
  const list = Array.from({ length: 1_200 }, (_, at) => at);
  const sample = spread(list, 1_000);
  expect(sample).toHaveLength(1_000);
  expect(new Set(sample).size).toBe(1_000);
  expect([sample[0], sample.at(-1)]).toEqual([0, 1_199]);
  expect(spread([1, 2], 20)).toEqual([1, 2]);
});
