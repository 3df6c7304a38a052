import { describe, expect, test } from "vitest";
import { plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

describe("a member seen for the first time", () => {
  test("goes to the other side as a create", () => {
    const command = only(plan(undefined, [observed("django", 1, JON)], DEFAULTS, NOON).commands);
    expect(command).toMatchObject({ side: "firestore", expectRevision: null, life: "alive", groups: JON, djangoId: 7 });
  });

  test("gets its Django id written back when it came from the portal", () => {
    const created = plan(undefined, [observed("firestore", 10, JON)], DEFAULTS, NOON);
    const linked = takeAll(created.hub, [answered(only(created.commands), 1, JON)]);
    expect(only(linked.commands)).toMatchObject({ side: "firestore", groups: {}, djangoId: 7 });
  });

  test("is joined with what the other side already has: equal agrees, nothing is filled, different is asked", () => {
    const created = plan(undefined, [observed("django", 1, { name: "Jón", email: "a@a.is", phone: null })], DEFAULTS, NOON);
    const there = observed("firestore", 10, { name: "Jón", email: "b@b.is", phone: "555" }, { djangoId: 7 });
    const joined = takeAll(created.hub, [{ ...there, answer: { writeId: only(created.commands).writeId, status: "stale" } }]);
    expect(only(joined.commands)).toMatchObject({ side: "django", groups: { phone: "555" } });
    expect(joined.conflicts).toMatchObject([
      { group: "email", cause: "concurrent", django: { value: "a@a.is" }, firestore: { value: "b@b.is" } },
    ]);
  });
});

describe("an edit on one side", () => {
  test("goes to the other side, that group alone", () => {
    const planned = takeAll(agreed(), [observed("django", 2, { ...JON, email: "new@a.is" })]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", expectRevision: "10", groups: { email: "new@a.is" } });
    expect(outcomes(planned)).toEqual(["email accepted newer"]);
  });

  test("clears the value there when it was cleared here", () => {
    expect(only(takeAll(agreed(), [observed("django", 2, { ...JON, phone: null })]).commands).groups).toEqual({ phone: null });
  });

  test("does not touch what the source does not carry, and restores it where it got lost", () => {
    const planned = takeAll(agreed(), [observed("firestore", 11, { name: "Jón", email: "jon@a.is" }, { djangoId: 7 })]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { phone: "555" } });
  });

  test("comes back as an echo and is no edit", () => {
    const hub = agreed();
    const planned = takeAll(hub, [observed("django", 2, { ...JON, email: "new@a.is" })]);
    const echoed = takeAll(planned.hub, [answered(only(planned.commands), 11, { ...JON, email: "new@a.is" })]);
    expect(echoed.commands).toEqual([]);
    expect(echoed.history).toEqual([]);
    expect(echoed.hub.out).toEqual({});
  });

  test("is one edit however often it is delivered", () => {
    const edit = observed("django", 2, { ...JON, email: "new@a.is" });
    const once = takeAll(agreed(), [edit]);
    const twice = plan(once.hub, [edit], DEFAULTS, NOON);
    expect(twice).toMatchObject({ changed: false, commands: [], history: [], hub: once.hub });
  });

  test("is not undone by an older one that comes late", () => {
    const planned = takeAll(agreed(), [
      observed("django", 3, { ...JON, email: "second@a.is" }),
      observed("django", 2, { ...JON, email: "first@a.is" }),
    ]);
    expect(planned.changed).toBe(false);
    expect(planned.hub.groups["email"]?.value).toBe("second@a.is");
  });

  test("waits while a command is in flight there, and goes with that one's answer", () => {
    const first = takeAll(agreed(), [observed("django", 2, { ...JON, email: "one@a.is" })]);
    const second = takeAll(first.hub, [observed("django", 3, { ...JON, email: "two@a.is" })]);
    expect(second.commands).toEqual([]);
    const third = takeAll(second.hub, [answered(only(first.commands), 11, { ...JON, email: "one@a.is" })]);
    expect(only(third.commands)).toMatchObject({ expectRevision: "11", groups: { email: "two@a.is" } });
  });

  test("on each side, of different groups: both survive (case 18)", () => {
    const planned = plan(
      agreed(),
      [observed("django", 2, { ...JON, email: "new@a.is" }), observed("firestore", 11, { ...JON, phone: "777" }, { djangoId: 7 })],
      DEFAULTS,
      NOON,
    );
    expect(planned.commands).toMatchObject([
      { side: "django", groups: { phone: "777" } },
      { side: "firestore", groups: { email: "new@a.is" } },
    ]);
    expect(planned.conflicts).toEqual([]);
  });

  test("an applied answer at the same revision is taken: the side found nothing to change", () => {
    const planned = takeAll(agreed(), [observed("django", 2, { ...JON, email: "new@a.is" })]);
    expect(takeAll(planned.hub, [answered(only(planned.commands), 10, { ...JON, email: "new@a.is" })]).hub.out).toEqual({});
  });
});

describe("two edits of one group, neither having seen the other", () => {
  const edits = (gapMs: number) => [
    observed("django", 2, { ...JON, email: "django@a.is" }, { changedAt: NOON }),
    observed("firestore", 11, { ...JON, email: "firestore@a.is" }, { changedAt: NOON + gapMs, djangoId: 7 }),
  ];

  test("are parked when close together, and only that group is (case 19, P5)", () => {
    const planned = plan(agreed(), edits(60_000), DEFAULTS, NOON + HOUR);
    expect(planned.commands).toEqual([]);
    expect(planned.conflicts).toMatchObject([
      {
        group: "email",
        state: "open",
        agreed: "jon@a.is",
        django: { value: "django@a.is", actor: "django-editor" },
        firestore: { value: "firestore@a.is", changedAt: NOON + 60_000 },
      },
    ]);
    const phone = takeAll(planned.hub, [observed("django", 3, { ...JON, email: "django@a.is", phone: "777" })]);
    expect(only(phone.commands).groups).toEqual({ phone: "777" });
  });

  test("are parked the same way whichever is heard of first", () => {
    const [django, firestore] = edits(60_000);
    const one = takeAll(
      agreed(),
      [django, firestore].filter((o) => o !== undefined),
    );
    const other = takeAll(
      agreed(),
      [firestore, django].filter((o) => o !== undefined),
    );
    expect(one.conflicts[0]).toMatchObject({
      agreed: "jon@a.is",
      django: other.conflicts[0]?.django,
      firestore: other.conflicts[0]?.firestore,
    });
  });

  test("are decided by the later clock when farther apart than the window; the loser is in the history (case 20)", () => {
    const planned = plan(agreed(), edits(2 * HOUR), policyOf({ groups: { email: { kind: "lww", windowMs: HOUR } } }), NOON + 3 * HOUR);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { email: "firestore@a.is" } });
    expect(outcomes(planned)).toEqual(["email accepted newer", "email lost lww", "email accepted lww"]);
  });

  test("are decided for the owner, whoever was later", () => {
    const planned = plan(agreed(), edits(2 * HOUR), policyOf({ groups: { email: { kind: "owner", side: "django" } } }), NOON);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", expectRevision: "11", groups: { email: "django@a.is" } });
  });

  test("of equal value are no conflict (case 18)", () => {
    const planned = plan(
      agreed(),
      [observed("django", 2, { ...JON, email: "same@a.is" }), observed("firestore", 11, { ...JON, email: "same@a.is" }, { djangoId: 7 })],
      DEFAULTS,
      NOON,
    );
    expect(planned).toMatchObject({ commands: [], conflicts: [] });
  });

  test("a third edit updates the open conflict and never adds a second", () => {
    const parked = plan(agreed(), edits(0), DEFAULTS, NOON);
    const third = takeAll(parked.hub, [observed("firestore", 12, { ...JON, email: "third@a.is" }, { djangoId: 7 })]);
    expect(third.conflicts).toMatchObject([{ id: parked.conflicts[0]?.id, state: "open", firestore: { value: "third@a.is" } }]);
    expect(third.conflicts[0]?.expected).not.toBe(parked.conflicts[0]?.expected);
  });

  test("close by themselves when the sides become equal", () => {
    const parked = plan(agreed(), edits(0), DEFAULTS, NOON);
    const equal = takeAll(parked.hub, [observed("firestore", 12, { ...JON, email: "django@a.is" }, { djangoId: 7 })]);
    expect(equal.conflicts).toMatchObject([{ id: parked.conflicts[0]?.id, state: "converged" }]);
    expect(equal).toMatchObject({ commands: [] });
  });

  test("an edit by someone who had seen the other value is newer, however close in time (P4)", () => {
    const first = takeAll(agreed(), [observed("django", 2, { ...JON, email: "one@a.is" })]);
    const seen = takeAll(first.hub, [answered(only(first.commands), 11, { ...JON, email: "one@a.is" })]);
    const second = takeAll(seen.hub, [
      observed("firestore", 12, { ...JON, email: "two@a.is" }, { djangoId: 7, writeId: only(first.commands).writeId }),
    ]);
    expect(only(second.commands)).toMatchObject({ side: "django", groups: { email: "two@a.is" } });
  });

  test("the write that a later observation carries is known for ours, though its own answer never came", () => {
    const first = takeAll(agreed(), [observed("django", 2, { ...JON, email: "one@a.is" })]);
    const edit = observed(
      "firestore",
      12,
      { ...JON, email: "one@a.is", phone: "777" },
      { djangoId: 7, writeId: only(first.commands).writeId },
    );
    const planned = takeAll(first.hub, [edit]);
    expect(only(planned.commands)).toMatchObject({ side: "django", groups: { phone: "777" } });
    expect(planned.conflicts).toEqual([]);
  });
});

describe("pause and direction", () => {
  test("a closed direction keeps its commands in the hub, and they go when it opens", () => {
    const closed = takeAll(agreed(), [observed("django", 2, { ...JON, email: "new@a.is" })], policyOf({ direction: "to-django" }));
    expect(closed.commands).toEqual([]);
    expect(only(plan(closed.hub, [], DEFAULTS, NOON).commands)).toMatchObject({ groups: { email: "new@a.is" } });
  });

  test("paused takes everything in and sends nothing", () => {
    const paused = takeAll(agreed(), [observed("django", 2, { ...JON, email: "new@a.is" })], policyOf({ paused: true }));
    expect(paused).toMatchObject({ changed: true, commands: [] });
  });
});

test("changes by a member of forbidden paths are recorded and do not propagate (case 17)", () => {
  const planned = takeAll(agreed(), [
    observed("firestore", 11, JON, { djangoId: 7, refused: ["membership.status"], unmapped: ["profile.nickname"] }),
  ]);
  expect(planned.commands).toEqual([]);
  expect(outcomes(planned)).toEqual(["membership.status refused forbidden", "profile.nickname unmapped no-field-maps-it"]);
});
