import { expect, test } from "vitest";
import { watchArrivals } from "./arrivals.ts";

const expected = new Map(Array.from({ length: 100 }, (_, at) => [String(at), `new${at}`]));

test("the last arrival is the sample's, when by then all are there", async () => {
  const read = async (asked: readonly string[]) => new Map(asked.map((key) => [key, expected.get(key) ?? null]));
  const { sample, last } = await watchArrivals(read, expected, 1_000);
  expect(sample).toHaveLength(20);
  expect(last).toBe(Math.max(...sample));
});

test("an edit outside the sample that comes later is what counts as the last", async () => {
  let looks = 0;
  const read = async (asked: readonly string[]) => {
    looks += 1;
    return new Map(asked.map((key) => [key, key === "1" && looks < 4 ? null : (expected.get(key) ?? null)]));
  };
  const { sample, last } = await watchArrivals(read, expected, 1_000);
  expect(last).toBeGreaterThan(Math.max(...sample));
});

test("what never comes ends the wait", async () => {
  await expect(watchArrivals(async () => new Map(), expected, 50)).rejects.toThrow("20 of 20 edits had not arrived in time");
});
