import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createGather } from "./gather.ts";

test("items go on together when there are enough of them, and the rest when none comes any more", async () => {
  const sent: (readonly number[])[] = [];
  const gather = createGather<number>(3, 5, (items) => sent.push(items));
  for (let item = 1; item <= 5; item += 1) gather.add(item);
  expect(sent).toEqual([[1, 2, 3]]);
  await delay(50);
  expect(sent).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});
