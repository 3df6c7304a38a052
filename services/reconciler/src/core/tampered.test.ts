import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { answered, observed } from "./testing/samples.ts";
import { agreed, JON, only, takeAll } from "./testing/steps.ts";

const STATUS = { tampered: ["membership.status"], refused: ["membership.status"] };
const document = (revision: number, more: Partial<Observation> = {}, record = JON) =>
  observed("firestore", revision, record, { djangoId: 7, ...more });

describe("a protected path that a client changed", () => {
  test("is restored by the next command, and the member is not in sync until then", () => {
    const changed = takeAll(agreed(), [document(11, STATUS)]);
    expect(only(changed.commands)).toMatchObject({ side: "firestore", groups: {}, life: "alive", expectRevision: "11" });
    expect(isInSync({ ...changed.hub, out: {} })).toBe(false);
    const restored = takeAll(changed.hub, [answered(only(changed.commands), 12, JON)]);
    expect(restored).toMatchObject({ commands: [], conflicts: [] });
    expect(isInSync(restored.hub)).toBe(true);
  });

  test("is restored together with what the document has yet to be given", () => {
    const { hub } = takeAll(agreed(), [observed("django", 2, { ...JON, phone: "777" })]);
    const planned = takeAll({ ...hub, out: {} }, [document(11, STATUS)]);
    expect(only(planned.commands)).toMatchObject({ groups: { phone: "777" }, life: "alive" });
  });

  test("of an inactive member is restored as inactive", () => {
    const inactive = takeAll(agreed(), [observed("django", 2, JON, { life: "deleted" })]);
    const marked = takeAll(inactive.hub, [answered(only(inactive.commands), 11, JON, { life: "deleted" })]).hub;
    expect(isInSync(marked)).toBe(true);
    const planned = takeAll(marked, [document(12, { ...STATUS, life: "deleted" })]);
    expect(only(planned.commands)).toMatchObject({ side: "firestore", life: "deleted", groups: {} });
    expect(isInSync({ ...planned.hub, out: {} })).toBe(false);
  });

  test("of a document without a row in Django is let be, as we have written no Django id there", () => {
    const odd = { tampered: ["metadata.django_id"], djangoId: null };
    const registered = takeAll(undefined, [document(10, { djangoId: null })]);
    const changed = takeAll(registered.hub, [document(11, odd)]);
    expect(changed.commands).toEqual([]);
    expect(isInSync({ ...changed.hub, out: {} })).toBe(false);
    const linked = takeAll(changed.hub, [answered(only(registered.commands), 1, JON)]);
    expect(only(linked.commands)).toMatchObject({ side: "firestore", djangoId: 7, groups: {} });
  });

  test("an empty list says that nothing was changed", () => {
    expect(takeAll(agreed(), [document(11, { tampered: [] })])).toMatchObject({ commands: [] });
  });
});

/** A program that changes a protected path after each of our writes: how often it is restored. */
function timesRestored(hear: (hub: Hub, command: Parameters<typeof answered>[0], revision: number) => Hub): number {
  let planned = takeAll(agreed(), [document(11, STATUS)]);
  let times = 0;
  for (let revision = 12; planned.commands.length > 0 && times < 40; revision += 2, times += 1) {
    const hub = hear(planned.hub, only(planned.commands), revision);
    planned = takeAll(hub, [document(revision + 1, STATUS)]);
  }
  return times;
}

describe("a program that changes a protected path after each of our writes is not fought for ever (P3)", () => {
  const byAnswer = (hub: Hub, command: Parameters<typeof answered>[0], revision: number) =>
    takeAll(hub, [answered(command, revision, JON)]).hub;
  const byEvent = (hub: Hub, { writeId }: Parameters<typeof answered>[0], revision: number) =>
    takeAll(hub, [document(revision, { writeId })]).hub;

  test("where our writes are heard of by their answers", () => {
    expect(timesRestored(byAnswer)).toBe(12);
  });

  test("where our writes are heard of by their events", () => {
    expect(timesRestored(byEvent)).toBe(12);
  });

  test("and a clean document in between begins the count anew", () => {
    const changed = takeAll(agreed(), [document(11, STATUS)]);
    expect(changed.hub.sides.firestore?.putBacks).toBe(1);
    expect(takeAll(changed.hub, [document(12)]).hub.sides.firestore?.putBacks).toBeUndefined();
  });
});
