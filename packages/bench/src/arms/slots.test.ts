import { expect, test } from "vitest";
import { createSlots } from "./slots.ts";

test("no more runs at once than there are slots; what is urgent goes before what waits", async () => {
  const { run } = createSlots(1);
  const order: string[] = [];
  let running = 0;
  const work = (name: string) => async () => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    order.push(name);
    running -= 1;
  };
  await Promise.all([run(work("first")), run(work("second")), run(work("third")), run(work("urgent"), true)]);
  expect(order).toEqual(["first", "urgent", "second", "third"]);
});

test("work that fails gives its slot back", async () => {
  const { run } = createSlots(1);
  await expect(run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(run(async () => "yes")).resolves.toBe("yes");
});
