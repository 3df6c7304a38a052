import { mebibytesIn } from "@member-sync/local-stack/process-memory.ts";
import { expect, test } from "vitest";
import { cpuIn, cpuOf, difference, peaksOf } from "./processes.ts";

test("processor time is user and system time, whatever the program is called", () => {
  expect(cpuIn("7 (node (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 1 1 1")).toBe(3_000);
});

test("memory is read in MiB", () => {
  expect(mebibytesIn("Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n", "VmHWM")).toBe(200);
});

test("a process that has ended is left out", () => {
  expect(Object.keys(peaksOf({ own: process.pid, none: undefined, gone: 4_194_304 }))).toEqual(process.platform === "linux" ? ["own"] : []);
});

test("what was used between two looks is told by name", () => {
  expect(difference({ a: 10 }, { a: 25.4, b: 3 })).toEqual({ a: 15, b: 3 });
  const before = cpuOf({ own: process.pid });
  expect(Object.keys(difference(before, cpuOf({ own: process.pid })))).toEqual(Object.keys(before));
});
