import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hold, waitingIn } from "./hold.ts";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const NEW_PHONE = { ...JON, phone: "777" };

const django = (revision: number, record: Observation["record"], lineage = "a", more: Partial<Observation> = {}) =>
  observed("django", revision, record, { lineage, ...more });
const member = (revision: number, record: Observation["record"]) => observed("firestore", revision, record, { djangoId: 7 });

/** Both sides agree, and Django stands at revision 9 of lineage `a`. */
const atNine = (): Hub => takeAll(agreed(), [django(9, JON)]).hub;

/** An operator has said that Django was restored, and that its lineage is `lineage` from then on. */
const confirmed = (lineage: string | null = "b", confirmedAt = NOON + HOUR): Policy =>
  policyOf({ restores: { django: { lineage, ended: lineage === null ? [] : ["a"], confirmedAt } } });

describe("a side that shows another lineage seems to be restored from a backup", () => {
  test("its word waits for an operator, the history says so, and nothing is sent there", () => {
    const edit = takeAll(atNine(), [member(11, NEW_PHONE)]);
    const planned = takeAll(edit.hub, [django(4, JON, "b")]);
    expect(outcomes(planned)).toEqual(["life suspended side-restored"]);
    expect(planned.commands).toEqual([]);
    expect(planned.hub.waiting.django).toMatchObject({ suspended: true, observation: { revision: "4" } });
    expect(plan(planned.hub, [member(12, { ...NEW_PHONE, name: "Jón Ó." })], DEFAULTS, NOON).commands).toEqual([]);
    expect(isInSync(planned.hub)).toBe(false);
  });

  test("is reported once, and of its words the newest waits", () => {
    const first = takeAll(atNine(), [django(4, JON, "b")]).hub;
    const second = takeAll(first, [django(5, NEW_PHONE, "b")]);
    expect(outcomes(second)).toEqual([]);
    expect(second.hub.waiting.django?.observation.revision).toBe("5");
    expect(takeAll(second.hub, [django(4, JON, "b")])).toMatchObject({ changed: false });
    expect(takeAll(second.hub, [django(2, JON, "c")]).hub.waiting.django?.observation).toMatchObject({ revision: "2", lineage: "c" });
  });

  test("what its old lineage still says is taken in, and does not end the wait", () => {
    const suspended = takeAll(atNine(), [django(4, JON, "b")]).hub;
    const planned = takeAll(suspended, [django(10, NEW_PHONE, "a")]);
    expect(planned.hub.groups["phone"]).toMatchObject({ value: "777" });
    expect(planned.hub.waiting.django).toMatchObject({ suspended: true });
  });

  test("holds the other direction up by nothing: what the other side needs is sent", () => {
    const suspended = takeAll(atNine(), [django(4, JON, "b")]).hub;
    const planned = takeAll(suspended, [django(10, NEW_PHONE, "a")]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { phone: "777" } });
  });
});

describe("an answer that shows the target below the revision that the command expected", () => {
  const stale = (hub: Hub, writeId: string, policy = DEFAULTS) =>
    takeAll(hub, [django(4, JON, "a", { answer: { writeId, status: "stale" } })], policy);

  test("reports a restore, though the side has no other lineage", () => {
    const edit = takeAll(atNine(), [member(11, NEW_PHONE)]);
    const planned = stale(edit.hub, only(edit.commands).writeId);
    expect(outcomes(planned)).toEqual(["life suspended side-restored"]);
    expect(planned.commands).toEqual([]);
  });

  test("does so also of a side that never named a lineage", () => {
    const edit = takeAll(takeAll(agreed(), [observed("django", 9, JON)]).hub, [member(11, NEW_PHONE)]);
    const answer = { writeId: only(edit.commands).writeId, status: "stale" } as const;
    const planned = takeAll(edit.hub, [observed("django", 4, JON, { answer })]);
    expect(planned.history[0]?.entries).toMatchObject([{ outcome: "suspended", value: null, other: null }]);
  });

  test("is taken by policy where an operator has confirmed a restore of a side that names no lineage", () => {
    const edit = takeAll(atNine(), [member(11, NEW_PHONE)]);
    const planned = stale(edit.hub, only(edit.commands).writeId, confirmed(null));
    expect(outcomes(planned)).toContain("life restored restore-confirmed");
    expect(planned.hub.sides.django).toMatchObject({ revision: "4", restoredAt: NOON + HOUR });
  });
});

describe("a side that went back within its lineage, until an operator has confirmed that", () => {
  /** Only an answer showed it: Django stood at revision 9, and stands at 4. */
  function wentBack(): Hub {
    const edit = takeAll(atNine(), [member(11, NEW_PHONE)]);
    const answer = { writeId: only(edit.commands).writeId, status: "stale" } as const;
    return takeAll(edit.hub, [django(4, JON, "a", { answer })]).hub;
  }

  test("a later edit there waits in place of what waited, though its revision is one that was taken in before (P1)", () => {
    const planned = takeAll(wentBack(), [django(5, { ...JON, name: "Jón Ó." })]);
    expect(planned.hub.waiting.django).toMatchObject({ suspended: true, observation: { revision: "5" } });
  });

  test("what is older than its word that waits is late", () => {
    const hub = takeAll(wentBack(), [django(5, { ...JON, name: "Jón Ó." })]).hub;
    expect(takeAll(hub, [django(4, JON)])).toMatchObject({ changed: false });
  });

  test("its revision passes the one that was known, and nothing is sent there all the same", () => {
    const planned = takeAll(wentBack(), [django(10, { ...JON, name: "Jón Ó." })]);
    expect(planned.hub.waiting.django).toMatchObject({ suspended: true });
    expect(planned.commands.filter(({ side }) => side === "django")).toEqual([]);
  });
});

describe("a restore that an operator has confirmed", () => {
  const suspended = takeAll(atNine(), [member(11, NEW_PHONE), django(4, JON, "b")]).hub;

  test("is taken in with what waited: what differs goes by policy, and no value is a new edit", () => {
    const manual = { ...confirmed(), groups: { phone: { kind: "manual" } } } as const;
    const planned = plan(suspended, waitingIn(suspended, manual), manual, NOON);
    expect(outcomes(planned)).toEqual(["life restored restore-confirmed", "phone parked manual"]);
    expect(planned.hub.waiting).toEqual({});
    const owned = plan(
      suspended,
      waitingIn(suspended, confirmed()),
      { ...confirmed(), groups: { phone: { kind: "owner", side: "firestore" } } },
      NOON,
    );
    expect(only(owned.commands)).toMatchObject({ side: "django", groups: { phone: "777" }, expectRevision: "4", lineage: "b" });
  });

  test("asks nobody about an edit that it took back before the other side had it: both sides are equal", () => {
    const paused = policyOf({ paused: true });
    const edited = takeAll(atNine(), [django(10, NEW_PHONE)], paused).hub;
    const manual = { ...confirmed(), groups: { phone: { kind: "manual" } } } as const;
    const planned = plan(edited, [django(4, JON, "b")], manual, NOON);
    expect(planned.conflicts.filter(({ state }) => state === "open")).toEqual([]);
  });

  test("makes everything late that the ended lineage still says", () => {
    const { hub } = plan(suspended, waitingIn(suspended, confirmed()), confirmed(), NOON);
    expect(plan(hub, [django(12, { ...JON, name: "Jón Ó." }, "a")], confirmed(), NOON)).toMatchObject({ changed: false });
  });

  test("counts once: the next lineage is a restore of its own", () => {
    const { hub } = plan(suspended, waitingIn(suspended, confirmed()), confirmed(), NOON);
    expect(outcomes(takeAll(hub, [django(3, JON, "c")], confirmed()))).toEqual(["life suspended side-restored"]);
  });

  test("counts once: a side that goes back again within its new lineage waits for another word", () => {
    const { hub } = plan(
      suspended,
      waitingIn(suspended, confirmed()),
      { ...confirmed(), groups: { phone: { kind: "owner", side: "firestore" } } },
      NOON,
    );
    const answer = { writeId: hub.out.django?.writeId ?? "", status: "stale" } as const;
    expect(outcomes(takeAll(hub, [django(2, JON, "b", { answer })], confirmed()))).toEqual(["life suspended side-restored"]);
    expect(outcomes(takeAll(hub, [django(2, JON, "b", { answer })], confirmed("b", NOON + 2 * HOUR)))).toContain(
      "life restored restore-confirmed",
    );
  });

  test("of another lineage than the one that is shown confirms nothing", () => {
    expect(outcomes(takeAll(atNine(), [django(4, JON, "c")], confirmed("b")))).toEqual(["life suspended side-restored"]);
  });

  test("gives back a member whom the restored side has active again: a person is asked", () => {
    const deleted = takeAll(atNine(), [django(10, {}, "a", { life: "missing", djangoId: null })]).hub;
    const planned = takeAll(deleted, [django(4, JON, "b")], confirmed());
    expect(planned.conflicts).toMatchObject([{ group: "life", cause: "delete-edit", state: "open" }]);
  });

  test("keeps the creates in mind that may still land there", () => {
    const restores = { firestore: { lineage: "b", ended: ["a"], confirmedAt: NOON + HOUR } };
    const first = takeAll(undefined, [observed("firestore", 10, {}, { life: "missing", djangoId: null, lineage: "a" })]).hub;
    const life = { ...first.life, state: "alive" as const, ver: 2 };
    const { hub, commands } = plan({ ...first, life, groups: {} }, [], policyOf({ direction: "to-firestore" }), NOON);
    const back = observed("firestore", 4, {}, { life: "missing", djangoId: null, lineage: "b" });
    expect(takeAll(hub, [back], policyOf({ restores })).hub.lateCreates).toMatchObject([{ writeId: only(commands).writeId }]);
  });
});

describe("in scheduled mode", () => {
  test("a side that seems to be restored does not wait for the flush to be reported", () => {
    const held = hold(atNine(), [django(4, JON, "b")], DEFAULTS, NOON);
    expect(outcomes(held)).toEqual(["life suspended side-restored"]);
    expect(held.hub.waiting.django).toMatchObject({ suspended: true });
  });

  test("an edit that waited for the flush when its side was restored has its line in the history (P1)", () => {
    const waiting = hold(atNine(), [django(10, NEW_PHONE)], DEFAULTS, NOON).hub;
    const restored = hold(waiting, [django(4, JON, "b")], DEFAULTS, NOON);
    const flushed = plan(restored.hub, waitingIn(restored.hub, confirmed()), confirmed(), NOON);
    expect([...outcomes(restored), ...outcomes(flushed)].some((line) => line.startsWith("phone "))).toBe(true);
  });

  test("an observation of an ended lineage does not wait for ever", () => {
    const waiting = hold(atNine(), [django(10, NEW_PHONE)], DEFAULTS, NOON).hub;
    const flushed = plan(waiting, waitingIn(waiting, confirmed()), confirmed(), NOON);
    expect(flushed.hub.waiting).toEqual({});
  });

  test("the first word of a confirmed lineage takes the place of what waited of the ended one", () => {
    const waiting = hold(atNine(), [django(10, NEW_PHONE)], DEFAULTS, NOON).hub;
    const held = hold(waiting, [django(4, { ...JON, name: "Jón Ó." }, "b")], confirmed(), NOON);
    const flushed = plan(held.hub, waitingIn(held.hub, confirmed()), confirmed(), NOON);
    expect(flushed.hub.sides.django).toMatchObject({ lineage: "b", revision: "4" });
  });
});

describe("a hub of the time before sides had lineages", () => {
  test("learns the lineage from the next observation", () => {
    expect(takeAll(agreed(), [django(9, JON)]).hub.sides.django?.lineage).toBe("a");
  });

  test("takes a confirmed restore by policy, and not what differs as late or as new edits", () => {
    const old = takeAll(agreed(), [observed("django", 9, JON), member(11, NEW_PHONE)], policyOf({ paused: true })).hub;
    const manual = { ...confirmed(), groups: { name: { kind: "manual" } } } as const;
    for (const revision of [4, 12]) {
      const planned = plan(old, [django(revision, { ...JON, name: "Jón Ó." }, "b")], manual, NOON);
      expect(outcomes(planned)).toContain("name parked manual");
    }
  });
});
