import { describe, expect, test } from "vitest";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, takeAll } from "./testing/steps.ts";
import { plan } from "./plan.ts";
import type { Hub } from "./hub.ts";

describe("a create", () => {
  test("carries what somebody gave, and no field that nobody has or that was cleared since", () => {
    const closed = policyOf({ paused: true });
    const { hub } = takeAll(
      undefined,
      [observed("django", 1, { ...JON, facebook: null }), observed("django", 2, { ...JON, phone: null })],
      closed,
    );
    expect(hub.groups["phone"]).toMatchObject({ value: null });
    expect(only(plan(hub, [], DEFAULTS, NOON).commands).groups).toEqual({ name: JON["name"], email: JON["email"] });
  });

  test("of a member who was there before names the removal that it knows of", () => {
    const removed = takeAll(undefined, [observed("firestore", 10, {}, { life: "missing", djangoId: null })]).hub;
    const life = { ...removed.life, state: "alive" as const, ver: 2 };
    const planned = plan({ ...removed, life }, [], DEFAULTS, NOON);
    expect(planned.commands.find(({ side }) => side === "firestore")).toMatchObject({ expectRevision: null, tombstone: "10" });
  });
});

describe("the Django id", () => {
  /** Both sides agree, and the document does not carry the id yet. */
  function unlinked(): Hub {
    const created = takeAll(undefined, [observed("django", 1, JON)], policyOf({ paused: true })).hub;
    return takeAll(created, [observed("firestore", 10, JON, { djangoId: null })], policyOf({ paused: true })).hub;
  }

  test("is written back to the document, and to nothing else", () => {
    const { commands } = plan(unlinked(), [], DEFAULTS, NOON);
    expect(commands).toMatchObject([{ side: "firestore", djangoId: 7, groups: {} }]);
  });

  test("is not written to a document that was rejected as a whole", () => {
    const { hub, commands } = plan(unlinked(), [], DEFAULTS, NOON);
    const { writeId } = only(commands);
    const planned = takeAll(hub, [observed("firestore", 10, JON, { djangoId: null, answer: { writeId, status: "rejected" } })]);
    expect(planned.conflicts).toMatchObject([{ group: "life", cause: "rejected", refusal: { side: "firestore" } }]);
    expect(planned.commands).toEqual([]);
  });
});

test("a first create that Django answers as stale, because it began later, is repeated with the lineage that the answer names", () => {
  const first = plan(undefined, [observed("firestore", 10, JON)], DEFAULTS, NOON);
  const create = only(first.commands);
  expect(create).not.toHaveProperty("lineage");
  const answer = { writeId: create.writeId, status: "stale" } as const;
  const stale = observed("django", 0, {}, { life: "missing", djangoId: null, actor: null, lineage: "first", answer });
  const second = takeAll(first.hub, [stale]);
  expect(only(second.commands)).toMatchObject({ side: "django", life: "alive", expectRevision: null, groups: JON, lineage: "first" });
  expect(only(second.commands).writeId).not.toBe(create.writeId);
  expect(second.conflicts).toEqual([]);
});

test("a command carries the lineage that the side was last read with, so that a restored side refuses it", () => {
  const hub = takeAll(agreed(), [observed("django", 2, JON, { lineage: "first" })]).hub;
  const edit = takeAll(hub, [observed("firestore", 11, { ...JON, email: "new@a.is" }, { djangoId: 7 })]);
  const command = only(edit.commands);
  expect(command).toMatchObject({ side: "django", lineage: "first" });
  const done = takeAll(edit.hub, [answered(command, 3, { ...JON, email: "new@a.is" }, { lineage: "first" })]);
  expect(done).toMatchObject({ commands: [], conflicts: [] });
});
