import { describe, expect, test } from "vitest";
import type { Hub } from "./hub.ts";
import { plan } from "./plan.ts";
import { NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON } from "./testing/steps.ts";

const member = (revision: number) => observed("firestore", revision, { ...JON, email: `member${revision}@a.is` }, { djangoId: 7 });
const opened = () => plan(agreed(), [observed("django", 2, { ...JON, email: "staff@a.is" }), member(11)], DEFAULTS, NOON);

describe("people are notified of a conflict", () => {
  test("when it opens, and not of each move within a minute, though each is stored", () => {
    const first = opened();
    expect(first.notices).toMatchObject([{ group: "email", state: "open" }]);
    const moved = plan(first.hub, [member(12)], DEFAULTS, NOON + 59_999);
    expect(moved.conflicts).toMatchObject([{ group: "email", state: "open", firestore: { value: "member12@a.is" } }]);
    expect(moved.notices).toEqual([]);
  });

  test("again when it moves after a minute", () => {
    const moved = plan(opened().hub, [member(12)], DEFAULTS, NOON + 60_000);
    expect(moved.notices).toMatchObject([{ group: "email", state: "open" }]);
  });

  test("3,000 moves in five minutes are five notices", () => {
    let { hub }: { hub: Hub } = opened();
    let notices = 0;
    for (let move = 1; move <= 3_000; move += 1) {
      const planned = plan(hub, [member(11 + move)], DEFAULTS, NOON + move * 100);
      notices += planned.notices.length;
      hub = planned.hub;
    }
    expect(notices).toBe(5);
  });

  test("always when it closes", () => {
    const equal = observed("firestore", 12, { ...JON, email: "staff@a.is" }, { djangoId: 7 });
    expect(plan(opened().hub, [equal], DEFAULTS, NOON + 1).notices).toMatchObject([{ group: "email", state: "converged" }]);
  });
});
