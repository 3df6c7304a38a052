import { describe, expect, test } from "vitest";
import { hold, waitingIn } from "./hold.ts";
import { isWaiting } from "./hub-index.ts";
import { isInSync } from "./in-sync.ts";
import { plan } from "./plan.ts";
import { HOUR, NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON } from "./testing/steps.ts";

const held = (revision: number, email: string, hours: number) =>
  observed("firestore", revision, { ...JON, email }, { djangoId: 7, changedAt: NOON + hours * HOUR });

describe("an observation that waits for the next flush", () => {
  test("is kept as it is, sends nothing, and the member is not in sync meanwhile", () => {
    const { hub, commands, history, changed } = hold(agreed(), [held(11, "a@a.is", 0)], DEFAULTS, NOON);
    expect({ commands, history, changed }).toEqual({ commands: [], history: [], changed: true });
    expect([isInSync(agreed()), isInSync(hub)]).toEqual([true, false]);
  });

  // Seed 545034.
  test("keeps the values that were lost with a replaced document, in whatever order its observations are heard", () => {
    const { phone: _, ...left } = JON;
    const replacement = observed("firestore", 12, { ...JON, phone: "777" }, { djangoId: null, replaced: ["phone"] });
    const next = observed("firestore", 13, { ...left, email: "own@a.is" }, { djangoId: null });
    const orders = [
      [replacement, next],
      [next, replacement],
    ];
    for (const order of orders) {
      const { hub } = hold(agreed(), order, DEFAULTS, NOON);
      const planned = plan(hub, waitingIn(hub, DEFAULTS), DEFAULTS, NOON);
      expect(planned.commands).toMatchObject([
        { side: "django", groups: { phone: "777", email: "own@a.is" } },
        { side: "firestore", groups: { phone: "777" } },
      ]);
    }
  });

  test("waits without what it carries for people only", () => {
    const told = { ...held(11, "a@a.is", 0), changed: { email: { from: "jon@a.is", to: "a@a.is" } } };
    expect(hold(agreed(), [told], DEFAULTS, NOON).hub).toEqual(hold(agreed(), [held(11, "a@a.is", 0)], DEFAULTS, NOON).hub);
  });

  test("comes back as it was told", () => {
    const told = [held(11, "a@a.is", 0), observed("django", 3, JON)];
    expect(waitingIn(hold(agreed(), told, DEFAULTS, NOON).hub, DEFAULTS)).toEqual([told[1], told[0]]);
    expect(waitingIn(agreed(), DEFAULTS)).toEqual([]);
  });

  test("gives way to a newer one only", () => {
    const first = hold(agreed(), [held(12, "a@a.is", 0)], DEFAULTS, NOON).hub;
    expect(hold(first, [held(11, "b@a.is", 0), held(12, "b@a.is", 0)], DEFAULTS, NOON)).toMatchObject({ hub: first, changed: false });
    expect(hold(agreed(), [held(10, "b@a.is", 0)], DEFAULTS, NOON)).toMatchObject({ changed: false });
    expect(hold(first, [held(13, "b@a.is", 0)], DEFAULTS, NOON).hub.waiting.firestore?.observation.revision).toBe("13");
  });

  test("does not make an edit look later than it was: a value keeps the time at which it was first seen", () => {
    const first = hold(agreed(), [held(11, "a@a.is", 1)], DEFAULTS, NOON).hub;
    const second = hold(first, [held(12, "a@a.is", 2)], DEFAULTS, NOON).hub;
    const other = hold(first, [held(12, "b@a.is", 2)], DEFAULTS, NOON).hub;
    const taken = (hub: typeof first, observation = held(12, "a@a.is", 2)) => plan(hub, [observation], DEFAULTS, NOON + 3 * HOUR).hub;
    expect(taken(second).groups["email"]?.changedAt).toBe(NOON + HOUR);
    expect(taken(other, held(12, "b@a.is", 2)).groups["email"]?.changedAt).toBe(NOON + 2 * HOUR);
    expect(taken(second).waiting).toEqual({});
  });

  test("waits on when something older is taken in before it", () => {
    const waiting = hold(agreed(), [held(12, "a@a.is", 0)], DEFAULTS, NOON).hub;
    const planned = plan(waiting, [held(11, "b@a.is", 0)], DEFAULTS, NOON);
    expect(planned.hub.waiting.firestore?.observation.revision).toBe("12");
  });

  test("of a member never heard of opens a hub; nothing told of nobody is nothing", () => {
    expect(hold(undefined, [observed("django", 1, JON)], DEFAULTS, NOON).hub).toMatchObject({ rev: 1, sides: {} });
    expect(hold(undefined, [], DEFAULTS, NOON)).toMatchObject({ changed: false, commands: [] });
    expect(plan(undefined, [], DEFAULTS, NOON)).toMatchObject({ changed: false, commands: [], conflicts: [], history: [] });
  });
});

test("an index knows which members wait for a flush", () => {
  const waiting = hold(agreed(), [held(11, "a@a.is", 0)], DEFAULTS, NOON).hub;
  expect([isWaiting(agreed()), isWaiting(waiting)]).toEqual([false, true]);
});
