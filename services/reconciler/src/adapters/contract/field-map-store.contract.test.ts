import { expect, it } from "vitest";
import { backends } from "./backends.ts";

const OLD = { name: "aaaa", email: "bbbb" };
const NEW = { ...OLD, "nick.name": "cccc" };

it.each(backends)("a new installation knows no field map, on $name", async ({ open }) => {
  await using stores = await open();
  expect([...(await stores.fieldMaps.read())]).toEqual([]);
});

it.each(backends)("field maps that several instances add at once are all kept, each once, on $name", async ({ open }) => {
  await using stores = await open();
  const { fieldMaps } = stores;
  await Promise.all([fieldMaps.add("-Kx_1", OLD), fieldMaps.add("9zz-", NEW), fieldMaps.add("-Kx_1", OLD)]);
  const known = await fieldMaps.read();
  expect(new Map([...known].toSorted())).toEqual(
    new Map([
      ["-Kx_1", OLD],
      ["9zz-", NEW],
    ]),
  );
});
