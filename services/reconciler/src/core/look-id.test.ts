import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { describe, expect, test } from "vitest";
import { UNHEARD } from "./evolve-side.ts";
import { hold, waitingIn } from "./hold.ts";
import type { Hub } from "./hub.ts";
import { isLook, lookId } from "./look-id.ts";
import { plan } from "./plan.ts";
import { HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, outcomes, takeAll } from "./testing/steps.ts";

const ROUND = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const django = (revision: number, record: Observation["record"], more: Partial<Observation> = {}) =>
  observed("django", revision, record, { lineage: "a", ...more });
const gone = { life: "missing", djangoId: null } as const;

/** Both sides agree, and Django stands at revision 9. */
const atNine = (): Hub => takeAll(agreed(), [django(9, JON)]).hub;
/** What Django answers to a look which was asked when the hub stood so. */
const seen = (asked: Hub, revision: number, record: Observation["record"], more: Partial<Observation> = {}) =>
  django(revision, record, { answer: { writeId: lookId(asked, "django", ROUND), status: "stale" }, ...more });

const confirmedAt = NOON + HOUR;
const manual = policyOf({ groups: { name: { kind: "manual" }, phone: { kind: "manual" } } });
const confirmed = { ...manual, restores: { django: { lineage: "a", ended: [], confirmedAt } } };
const OLD = { ...JON, phone: "old" };

describe("the id of a look", () => {
  test("fits into a message with the longest revision, and no command's id is taken for it", () => {
    const hub = atNine();
    const state = { ...UNHEARD, life: "alive", revision: "9".repeat(20), restoredAt: Date.UTC(2058, 0) } as const;
    const longest = lookId({ ...hub, sides: { firestore: state } }, "firestore", ROUND);
    expect(longest.length).toBeLessThanOrEqual(100);
    expect(isLook(longest)).toBe(true);
    expect(isLook(hub.out.django?.writeId ?? "w")).toBe(false);
  });
});

describe("an answer to a look that is below the revision which was known when the side was asked", () => {
  test("shows that the side went back in time: its content waits for an operator, and nothing is sent there", () => {
    const planned = takeAll(atNine(), [seen(atNine(), 4, OLD)]);
    expect(outcomes(planned)).toEqual(["life suspended side-restored"]);
    expect(planned.commands).toEqual([]);
    expect(planned.hub.waiting.django).toMatchObject({ suspended: true, observation: { revision: "4" } });
  });

  test("is taken in by policy where an operator has confirmed the restore", () => {
    const planned = takeAll(atNine(), [seen(atNine(), 4, OLD)], confirmed);
    expect(outcomes(planned)).toEqual(["life restored restore-confirmed", "phone parked manual"]);
    expect(planned.hub.sides.django).toMatchObject({ revision: "4", restoredAt: confirmedAt });
  });

  test("shows it as well when newer observations of the side's former history are heard before it", () => {
    const hub = takeAll(atNine(), [django(10, JON), django(11, { ...JON, name: "Jón Ó." })]).hub;
    expect(outcomes(takeAll(hub, [seen(atNine(), 4, OLD)]))).toEqual(["life suspended side-restored"]);
  });

  test("in scheduled mode does not wait for the flush to be reported", () => {
    const held = hold(atNine(), [seen(atNine(), 4, OLD)], DEFAULTS, NOON);
    expect(outcomes(held)).toEqual(["life suspended side-restored"]);
  });

  test("of the other side shows it there, too", () => {
    const hub = agreed();
    const answer = { writeId: lookId(hub, "firestore", ROUND), status: "stale" } as const;
    const planned = takeAll(hub, [observed("firestore", 9, JON, { djangoId: 7, answer })]);
    expect(planned.hub.waiting.firestore).toMatchObject({ suspended: true });
  });
});

describe("an answer to a look that proves no restore", () => {
  test.each([
    ["at the revision that was known", 9],
    ["between that one and the one that is known by now", 10],
  ])("%s is late", (_where, revision) => {
    const hub = takeAll(atNine(), [django(12, { ...JON, name: "Jón Ó." })]).hub;
    expect(takeAll(hub, [seen(atNine(), revision, JON)])).toMatchObject({ changed: false });
  });

  test("of the time before a restore that has been confirmed and read since is late, and repeats no suspicion", () => {
    const asked = atNine();
    const suspended = takeAll(asked, [seen(asked, 4, OLD)], manual).hub;
    const restored = plan(suspended, waitingIn(suspended, confirmed), confirmed, NOON + 2 * HOUR).hub;
    expect(restored.sides.django).toMatchObject({ revision: "4", restoredAt: confirmedAt });
    const later = takeAll(restored, [django(5, OLD), django(12, OLD)], confirmed).hub;
    for (const hub of [restored, later]) expect(takeAll(hub, [seen(asked, 4, OLD)], confirmed)).toMatchObject({ changed: false });
  });

  test("of a look asked after a confirmed restore shows the next one", () => {
    const restored = takeAll(takeAll(atNine(), [seen(atNine(), 4, OLD)], confirmed).hub, [django(6, OLD)], confirmed).hub;
    expect(outcomes(takeAll(restored, [seen(restored, 5, OLD)], confirmed))).toEqual(["life suspended side-restored"]);
  });

  test("to a look at a side that was not known, or had nobody, is read like any observation", () => {
    const removed = takeAll(atNine(), [django(10, {}, gone)]).hub;
    expect(lookId(removed, "django", ROUND)).toBe(lookId({ ...removed, sides: {} }, "django", ROUND));
    expect(takeAll(atNine(), [seen(removed, 4, OLD)])).toMatchObject({ changed: false });
  });

  test("of the version before, which named no revision, is late", () => {
    const answer = { writeId: `look.${ROUND}.d.aaaaaaaaaaaaaaaaaaaa`, status: "stale" } as const;
    expect(takeAll(atNine(), [django(4, OLD, { answer })])).toMatchObject({ changed: false });
  });
});

describe("a member whom a look does not find", () => {
  test("may be stored under another spelling of the kennitala: that shows no restore", () => {
    expect(takeAll(atNine(), [seen(atNine(), 0, {}, gone)])).toMatchObject({ changed: false });
  });

  test("is missing there once an operator has confirmed the restore, and is created again", () => {
    const planned = takeAll(atNine(), [seen(atNine(), 0, {}, gone)], confirmed);
    expect(outcomes(planned)).toContain("life restored restore-confirmed");
    expect(planned.commands).toMatchObject([{ side: "django", life: "alive", groups: JON }]);
  });
});
