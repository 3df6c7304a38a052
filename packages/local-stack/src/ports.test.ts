import { createServer } from "node:net";
import { expect, test } from "vitest";
import { createPorts, isFree } from "./ports.ts";

test("free ports are free and differ, also when asked for at once", async () => {
  const ports = createPorts();
  const found = await Promise.all(Array.from({ length: 20 }, () => ports.next()));
  expect(new Set(found).size).toBe(20);
  expect(await isFree(found[0] ?? 0)).toBe(true);
});

test("with a base the ports are consecutive, and a taken one is named", async () => {
  const base = await createPorts().next();
  const server = createServer().listen(base + 1, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const ports = createPorts(base);
    expect(await ports.next()).toBe(base);
    await expect(ports.next()).rejects.toThrow(`port ${base + 1} is taken`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
