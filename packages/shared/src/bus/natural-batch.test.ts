import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createNaturalBatch } from "./natural-batch.ts";

/** A batch whose groups are released by hand. */
function held(maxItems: number) {
  const groups: { readonly items: readonly number[]; readonly release: () => void }[] = [];
  const batch = createNaturalBatch<number, number>((items) => {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    groups.push({ items, release: () => resolve(items.map((item) => item * 10)) });
    return promise;
  }, maxItems);
  return { batch, groups };
}

describe("a natural batch", () => {
  test("gathers what arrives while a group is under way, and answers each caller its own", async () => {
    const { batch, groups } = held(10);
    const begun = async (count: number) => {
      while (groups.length < count) await setImmediate();
    };
    const first = batch.add([1]);
    await begun(1);
    const others = Promise.all([batch.add([2, 3]), batch.add([4])]);
    groups[0]?.release();
    expect(await first).toEqual([10]);
    await begun(2);
    groups[1]?.release();
    expect(await others).toEqual([[20, 30], [40]]);
    expect(groups.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
  });

  test("with a pace sends what comes alone at once, and lets a stream gather", async () => {
    const groups: (readonly number[])[] = [];
    const batch = createNaturalBatch<number, number>(
      async (items) => {
        groups.push(items);
        return items;
      },
      10,
      30,
    );
    await batch.add([1]);
    const stream = [batch.add([2])];
    await setImmediate();
    stream.push(batch.add([3]), batch.add([4]));
    await Promise.all(stream);
    expect(groups).toEqual([[1], [2, 3, 4]]);
  });

  test("keeps to its size, and splits no caller", async () => {
    const sizes: number[] = [];
    const batch = createNaturalBatch<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    }, 3);
    await Promise.all([batch.add([1, 2]), batch.add([3, 4]), batch.add([5]), batch.add([6, 7, 8, 9])]);
    await batch.idle();
    expect(sizes).toEqual([2, 3, 4]);
  });

  test("lets a live edit go ahead of a backlog, and the oldest before all", async () => {
    const groups: number[] = [];
    const batch = createNaturalBatch<number, number>(async (items) => {
      groups.push(items.length);
      return items;
    }, 250);
    const many = Array.from({ length: 200 }, (_, index) => index);
    const backlog = [batch.add(many), batch.add(many), batch.add(many)];
    await batch.add([1]);
    expect(groups).toEqual([201]);
    await Promise.all(backlog);
    expect(groups).toEqual([201, 200, 200]);
  });

  test("that fails fails its own callers only, and goes on", async () => {
    const batch = createNaturalBatch<number, number>(async (items) => {
      if (items.includes(0)) throw new Error("zero");
      return items;
    }, 1);
    const outcomes = await Promise.allSettled([batch.add([0]), batch.add([1])]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await batch.add([2])).toEqual([2]);
  });

  test("takes a list of outcomes that is too short for a failure", async () => {
    const batch = createNaturalBatch<number, number>(async () => [1], 10);
    await expect(batch.add([1, 2])).rejects.toMatchObject({ code: "invariant_broken" });
  });

  test("of nothing is nothing", async () => {
    const { batch, groups } = held(10);
    expect(await batch.add([])).toEqual([]);
    await batch.idle();
    expect(groups).toEqual([]);
  });
});
