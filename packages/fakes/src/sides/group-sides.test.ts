import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { expect, test } from "vitest";
import { groupSides } from "./group-sides.ts";

const ANNA = "0101302989";

function command(side: ApplyCommand["side"], more: Partial<ApplyCommand>): ApplyCommand {
  const member = { memberRef: "aaaaaaaaaaaaaaaaaaaa", kennitala: ANNA, djangoId: 7 };
  return { writeId: "w1", side, ...member, expectRevision: null, groups: { name: "Anna" }, emittedAt: 0, ...more };
}

test.each(["django", "firestore"] as const)("%s writes at the expected revision only, once, and is read back", (side) => {
  const here = groupSides()[side];
  here.edit(ANNA, "name", "A");
  const expectRevision = String(here.held(ANNA).revision);
  here.edit(ANNA, "name", "B");
  expect(here.apply(command(side, { expectRevision }))).toEqual({ status: "stale", isWritten: false });
  const current = command(side, { expectRevision: String(here.held(ANNA).revision) });
  expect(here.apply(current)).toEqual({ status: "applied", isWritten: true });
  expect(here.apply(current)).toEqual({ status: "applied", isWritten: false });
  expect(here.held(ANNA)).toMatchObject({ record: { name: "Anna" }, life: "alive", writeId: "w1" });
});

test.each(["django", "firestore"] as const)("%s: a create that is redelivered after a removal revives no member", (side) => {
  const here = groupSides()[side];
  const create = command(side, { life: "alive" });
  expect(here.apply(create)).toEqual({ status: "applied", isWritten: true });
  here.remove(ANNA);
  expect(here.apply(create).isWritten).toBe(false);
  expect([here.held(ANNA).life, here.members()]).toEqual(["missing", []]);
});

test("Django creates after a removal only for who names that removal; Firestore for a new write id", () => {
  const { django, firestore } = groupSides();
  for (const side of [django, firestore]) side.edit(ANNA, "name", "A");
  for (const side of [django, firestore]) side.remove(ANNA);
  expect(django.apply(command("django", { life: "alive" })).status).toBe("stale");
  const tombstone = String(django.held(ANNA).revision);
  expect(django.apply(command("django", { life: "alive", tombstone })).status).toBe("applied");
  expect(firestore.apply(command("firestore", { life: "alive" })).status).toBe("applied");
});

test.each(["django", "firestore"] as const)("%s: a life that ends is deleted, and comes back", (side) => {
  const here = groupSides()[side];
  here.edit(ANNA, "name", "A");
  const expectRevision = () => String(here.held(ANNA).revision);
  here.apply(command(side, { expectRevision: expectRevision(), life: "deleted", groups: {} }));
  expect(here.held(ANNA)).toMatchObject({ life: "deleted", record: { name: "A" } });
  here.apply(command(side, { writeId: "w2", expectRevision: expectRevision(), life: "alive", groups: {} }));
  expect(here.held(ANNA).life).toBe("alive");
});
