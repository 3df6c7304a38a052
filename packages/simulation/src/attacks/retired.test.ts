import { expect, test } from "vitest";
import { knownMember, type Bench } from "./bench.ts";

/** A field that the services stop mapping for a while, as when a release is rolled back. */

function deployAll(bench: Bench, map: "older" | "newer"): void {
  for (const service of ["tracker", "adapter", "reconciler"] as const) bench.deploy(service, map);
}

/** Both sides are read without the address; then the portal changes it. */
async function rolledBack(bench: Bench): Promise<void> {
  deployAll(bench, "older");
  bench.staff({ "profile.name": "Nafn 1" });
  await bench.rest();
  bench.update({ "address.street": "Gata 1" });
  await bench.rest();
}

test("a member is not in sync whose mapped address differs, though nobody has planned since it is mapped again", async () => {
  const bench = await knownMember();
  await rolledBack(bench);
  deployAll(bench, "newer");
  await bench.rest();
  const { useCases } = bench.world.reconciler.process;
  const asked = useCases.member(bench.world.hubOf(0)?.memberRef ?? "");
  await bench.drain();
  expect((await asked)?.inSync).toBe(bench.row()?.["address.street"] === bench.document()?.["address.street"]);
});

test("an edit made after the roll-back is over reaches the other side once both sides are asked", async () => {
  const bench = await knownMember();
  await rolledBack(bench);
  deployAll(bench, "newer");
  bench.update({ "address.street": "Gata 2" });
  await bench.rest();
  await bench.lookAtAll();
  await bench.rest();
  expect(bench.row()).toMatchObject({ "address.street": "Gata 2" });
});

test("the conflict of a field that is not mapped any more can be decided, or closes", async () => {
  const bench = await knownMember({ kind: "manual" });
  bench.staff({ "address.street": "Gata D" });
  bench.update({ "address.street": "Gata F" });
  await bench.rest();
  await rolledBack(bench);
  const conflict = [...bench.world.state.conflicts.values()].find(({ state }) => state === "open");
  if (conflict === undefined) return;
  const request = { choice: "django", expected: conflict.expected } as const;
  const decided = bench.world.reconciler.process.useCases.decide(conflict.id, request, "anna");
  await bench.drain();
  expect((await decided).kind).toBe("decided");
});

test.each(["django", "firestore"] as const)("the dump of a restored %s does not win by its clock over a newer address", async (side) => {
  const bench = await knownMember();
  bench.dump(side);
  bench.pass(5 * 3_600_000);
  bench.staff({ "address.street": "Gata new" });
  await bench.rest();
  bench.pass(5 * 3_600_000);
  deployAll(bench, "older");
  bench.staff({ "profile.name": "Nafn 1" });
  await bench.rest();
  bench.restore(side);
  await bench.drain();
  await bench.confirm(side);
  await bench.lookAtAll();
  bench.pass(5 * 3_600_000);
  if (side === "django") bench.staff({ "profile.name": "Nafn 2" });
  else bench.update({ "profile.name": "Nafn 2" });
  await bench.rest();
  deployAll(bench, "newer");
  await bench.lookAtAll();
  await bench.rest();
  const held = [bench.row()?.["address.street"], bench.document()?.["address.street"]];
  expect(bench.open().includes("address") || held.every((street) => street === "Gata new")).toBe(true);
});
