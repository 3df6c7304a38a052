import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { sampleAddresses } from "./sample-addresses.fixture.ts";
import { thingsToTry } from "./things-to-try.ts";

const members = ["0101452099", "0102902099", "0104492089"];

test("there are three things to try, each of commands that a shell can read", () => {
  const things = thingsToTry(sampleAddresses, members);
  expect(things.length).toBe(3);
  for (const { commands } of things) {
    const checked = spawnSync("bash", ["-n"], { input: commands, encoding: "utf8" });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
  }
});

test("in scheduled mode a flush stands between edit and look", () => {
  const [first] = thingsToTry({ ...sampleAddresses, mode: "scheduled" }, members);
  expect(first?.commands).toContain("/flush'");
});

test("the three use different members", () => {
  const commands = thingsToTry(sampleAddresses, members).map((thing) => thing.commands);
  members.forEach((ssn, index) => expect(commands[index]).toContain(ssn));
});
