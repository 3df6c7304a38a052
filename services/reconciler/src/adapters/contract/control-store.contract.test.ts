import { expect, it } from "vitest";
import { backends } from "./backends.ts";
import { at } from "./sample.ts";

it.each(backends)("a system that nobody has steered runs both ways, and keeps what it is told, on $name", async ({ open }) => {
  await using stores = await open();
  expect(await stores.control.read()).toEqual({ paused: false, direction: "both", reason: null, changedAt: null });
  const control = { paused: true, direction: "to-django", reason: "moving house", changedAt: at(1) } as const;
  await stores.control.write(control);
  expect(await stores.control.read()).toEqual(control);
});
