import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hold, waitingIn } from "./hold.ts";
import { plan } from "./plan.ts";
import { HOUR, NOON, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, outcomes, takeAll } from "./testing/steps.ts";

const document = (revision: number, more: Partial<Observation> = {}, record = JON) =>
  observed("firestore", revision, record, { djangoId: 7, ...more });
const forbidden = { refused: ["metadata.deleted_at"] };

describe("a change that does not propagate has its line in the history", () => {
  test("forbidden paths, unmapped ones, and groups that a replaced document left out", () => {
    const notes = { ...forbidden, unmapped: ["settings.theme"], replaced: ["phone"] };
    const planned = takeAll(agreed(), [document(11, notes, { name: "Jón", email: "jon@a.is" })]);
    expect(outcomes(planned)).toEqual([
      "metadata.deleted_at refused forbidden",
      "settings.theme unmapped no-field-maps-it",
      "phone kept document-replaced",
    ]);
    expect(planned.history[0]?.entries.at(-1)).toMatchObject({ side: "firestore", actor: "firestore-editor", other: "555" });
    expect(only(planned.commands)).toMatchObject({ side: "firestore", groups: { phone: "555" } });
  });

  test("and each carries no time of the future", () => {
    const planned = plan(agreed(), [document(11, { ...forbidden, changedAt: NOON + HOUR })], DEFAULTS, NOON);
    expect(planned.history[0]?.entries).toMatchObject([{ changedAt: NOON }]);
  });

  test("whether it is heard in time or behind what came after it, and once however often it is delivered", () => {
    const later = takeAll(agreed(), [document(12, {}, { ...JON, phone: "777" })]).hub;
    const late = takeAll(later, [document(11, forbidden)]);
    expect(outcomes(late)).toEqual(["metadata.deleted_at refused forbidden"]);
    expect(late.hub.sides.firestore).toMatchObject({ revision: "12", shadow: { phone: "777" } });
    expect(takeAll(late.hub, [document(11, forbidden)])).toMatchObject({ changed: false });
    expect(takeAll(late.hub, [document(11)])).toMatchObject({ changed: false });
  });

  test("also behind the stale answer that read the same revision", () => {
    const edit = takeAll(agreed(), [observed("django", 2, { ...JON, phone: "777" })]);
    const stale = document(11, { answer: { writeId: only(edit.commands).writeId, status: "stale" } });
    const answered = takeAll(edit.hub, [stale]).hub;
    expect(outcomes(takeAll(answered, [document(11, forbidden)]))).toEqual(["metadata.deleted_at refused forbidden"]);
  });

  test("also where that answer could not tell what became of a field, so that the event is its second reading", () => {
    const { email: _, ...rest } = JON;
    const edit = takeAll(agreed(), [observed("django", 2, { ...JON, phone: "777" })]);
    const answer = { writeId: only(edit.commands).writeId, status: "stale" } as const;
    const read = takeAll(edit.hub, [document(11, { answer, unknown: ["email"] }, rest)]).hub;
    const told = takeAll(read, [document(11, forbidden, { ...rest, email: null })]);
    expect(outcomes(told)).toEqual(["email accepted newer", "metadata.deleted_at refused forbidden"]);
  });

  test("of the newest sixteen it is known that they were told, so that a hub does not grow for ever", () => {
    let { hub } = takeAll(agreed(), [document(100)]);
    for (let revision = 20; revision < 40; revision += 1) hub = takeAll(hub, [document(revision, forbidden)]).hub;
    expect(hub.sides.firestore?.heard).toEqual(Array.from({ length: 16 }, (_, index) => String(24 + index)));
  });
});

describe("in scheduled mode", () => {
  test("a forbidden change is not forgotten when another edit follows before the flush, whichever comes first", () => {
    const notes = { ...forbidden, unmapped: ["settings.theme"] };
    const edit = document(12, { unmapped: ["settings.font"], replaced: ["email"] }, { ...JON, phone: "777" });
    for (const told of [
      [document(11, notes), edit],
      [edit, document(11, notes)],
    ]) {
      const { hub } = hold(agreed(), told, DEFAULTS, NOON);
      const flushed = plan(hub, waitingIn(hub, DEFAULTS), DEFAULTS, NOON);
      expect(outcomes(flushed).toSorted()).toEqual([
        "email kept document-replaced",
        "metadata.deleted_at refused forbidden",
        "phone accepted newer",
        "settings.font unmapped no-field-maps-it",
        "settings.theme unmapped no-field-maps-it",
      ]);
    }
  });

  test("a duplicate adds nothing to what waits", () => {
    const { hub } = hold(agreed(), [document(12, forbidden)], DEFAULTS, NOON);
    expect(hold(hub, [document(12, forbidden), document(11)], DEFAULTS, NOON)).toMatchObject({ changed: false });
  });

  test("a forbidden change that is heard behind newer content is told at once", () => {
    const later = takeAll(agreed(), [document(12)]).hub;
    expect(outcomes(hold(later, [document(11, forbidden)], DEFAULTS, NOON))).toEqual(["metadata.deleted_at refused forbidden"]);
  });
});
