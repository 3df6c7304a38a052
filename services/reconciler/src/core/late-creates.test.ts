import { describe, expect, test } from "vitest";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { LIFE, type Hub } from "./hub.ts";
import { observed } from "./testing/samples.ts";
import { JON, only, takeAll } from "./testing/steps.ts";

const gone = { life: "missing", djangoId: null } as const;

/** Creates that ended without an answer of their own: each time another reply says that there is no document. */
function createsWithoutAnswer(count: number): { readonly hub: Hub; readonly creates: readonly ApplyCommand[] } {
  let planned = takeAll(undefined, [observed("django", 1, JON)]);
  const creates: ApplyCommand[] = [];
  for (let revision = 10; creates.length < count; revision += 1) {
    creates.push(only(planned.commands));
    const answer = { writeId: `foreign.f${revision}.x`, status: "stale" } as const;
    planned = takeAll(planned.hub, [observed("firestore", revision, {}, { ...gone, answer })]);
  }
  return { hub: planned.hub, creates };
}

const newer = { ...JON, email: "newer@a.is" };
const landing = (create: ApplyCommand | undefined) =>
  observed("firestore", 50, JON, { writeId: create?.writeId ?? "", djangoId: 7, created: "50" });

describe("a create that ended without an answer", () => {
  test("is known for ours after five more of them, and brings no value that counts as an edit", () => {
    const { hub, creates } = createsWithoutAnswer(6);
    const planned = takeAll(hub, [observed("django", 2, newer), landing(creates[0])]);
    expect(planned.hub.groups["email"]).toMatchObject({ value: "newer@a.is" });
    expect(planned.hub.groups["email"]?.parked).toBeUndefined();
  });

  test("is remembered while it is one of the newest eight, so that a hub does not grow for ever", () => {
    const { hub, creates } = createsWithoutAnswer(12);
    expect(hub.lateCreates?.map(({ writeId }) => writeId)).toEqual(creates.slice(-8).map(({ writeId }) => writeId));
    const planned = takeAll(hub, [observed("django", 2, newer), landing(creates.at(-1))]);
    expect(planned.hub.groups["email"]?.parked).toBeUndefined();
  });

  test("and without one of its groups is filled up when it lands", () => {
    const { hub, creates } = createsWithoutAnswer(1);
    const { phone, ...written } = JON;
    const leftOut = { phone: { code: "unmapped", message: "the tracker that wrote the document left it out" } };
    const planned = takeAll(hub, [{ ...landing(creates[0]), record: { ...written, phone: null }, rejected: leftOut }]);
    expect(planned.hub.groups["phone"]?.value).toBe(phone);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", expectRevision: "50", groups: { phone } });
  });

  test("that nobody remembers and only its echo reports is not undone: it may be a copy put back by hand, a person is asked", () => {
    const { hub, creates } = createsWithoutAnswer(1);
    const { lateCreates: _, ...forgotten } = takeAll(hub, [observed("django", 2, {}, gone)]).hub;
    expect(forgotten.life).toMatchObject({ state: "deleted" });
    const planned = takeAll({ ...forgotten, out: {} }, [landing(creates[0])]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, cause: "delete-edit", state: "open" }]);
    expect(planned.commands).toEqual([]);
  });
});
