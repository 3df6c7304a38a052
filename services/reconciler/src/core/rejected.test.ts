import { describe, expect, test } from "vitest";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { LIFE, type Hub } from "./hub.ts";
import { planDecision } from "./plan-decision.ts";
import { answered, NOON, observed, policyOf } from "./testing/samples.ts";
import { DEFAULTS, only, outcomes, takeAll } from "./testing/steps.ts";

/** A member who registers in the portal, and a Django that wants a name. */

const required = { name: { code: "required", message: "This field is required." } };
const invalid = { email: { code: "invalid", message: "Enter a valid email address." } };
const CONTACT = { email: "a@a.is", phone: "555" };

const document = (revision: number, record: Observation["record"]) => observed("firestore", revision, record, { djangoId: null });
const registered = () => takeAll(undefined, [document(10, CONTACT)]);

function rejecting(hub: Hub, { writeId }: ApplyCommand, rejected: NonNullable<Observation["rejected"]>, policy = DEFAULTS) {
  const answer = { writeId, status: "rejected", rejected } as const;
  return takeAll(hub, [observed("django", 0, {}, { life: "missing", djangoId: null, answer })], policy);
}

describe("a registration in two steps", () => {
  test("the name arrives while the nameless create is being rejected: the whole member is tried again, and nobody is asked", () => {
    const first = registered();
    const named = takeAll(first.hub, [document(11, { ...CONTACT, name: "Jón" })]);
    const planned = rejecting(named.hub, only(first.commands), required);
    expect(planned.conflicts).toEqual([]);
    expect(only(planned.commands)).toMatchObject({ side: "django", life: "alive", groups: { ...CONTACT, name: "Jón" } });
  });

  test("the rejection is heard first: the name ends the question, and the whole member is tried again", () => {
    const first = registered();
    const refused = rejecting(first.hub, only(first.commands), required);
    expect(refused.conflicts).toMatchObject([{ group: LIFE, cause: "rejected", refusal: { side: "django", code: "required" } }]);
    const planned = takeAll(refused.hub, [document(11, { ...CONTACT, name: "Jón" })]);
    expect(planned.conflicts).toMatchObject([{ group: LIFE, state: "superseded" }]);
    expect(only(planned.commands)).toMatchObject({ side: "django", life: "alive", groups: { ...CONTACT, name: "Jón" } });
  });

  test("of two fields that are wrong only the one that was sent is parked: the rest is tried without it", () => {
    const first = registered();
    const refused = rejecting(first.hub, only(first.commands), { ...required, ...invalid });
    expect(refused.conflicts).toMatchObject([{ group: "email", cause: "rejected", django: { value: null, actor: null } }]);
    const second = only(refused.commands);
    expect(second).toMatchObject({ side: "django", groups: { phone: "555" } });
    const again = rejecting(refused.hub, second, required);
    expect(again.commands).toEqual([]);
    expect(again.conflicts).toContainEqual(expect.objectContaining({ group: LIFE, cause: "rejected", state: "open" }));
  });

  test("whose wrong name is decided by a person is tried again with the decided name, and without a second question", () => {
    const first = takeAll(undefined, [document(10, { ...CONTACT, name: "?" })]);
    const refused = rejecting(first.hub, only(first.commands), { name: { code: "invalid", message: "Enter a name." } });
    const asked = rejecting(refused.hub, only(refused.commands), required);
    expect([refused.conflicts, asked.conflicts]).toMatchObject([[{ group: "name" }], [{ group: LIFE }]]);
    const [conflict] = refused.conflicts;
    const custom = { kind: "custom", value: "Jón" } as const;
    const planned = planDecision(
      asked.hub,
      { conflictId: conflict?.id ?? "", group: "name", choice: custom, expected: conflict?.expected ?? "", actor: null, note: null },
      DEFAULTS,
      NOON,
    );
    expect(planned).toMatchObject({
      conflicts: [
        { group: "name", state: "decided" },
        { group: LIFE, state: "superseded" },
      ],
    });
    expect(planned).toMatchObject({
      commands: [{ side: "django", life: "alive", groups: { ...CONTACT, name: "Jón" } }, { side: "firestore" }],
    });
  });

  test("is not tried again for a decision that leaves the field empty: it would be the very same create", () => {
    const first = takeAll(undefined, [document(10, { ...CONTACT, name: "?" })]);
    const refused = rejecting(first.hub, only(first.commands), { name: { code: "invalid", message: "Enter a name." } });
    const asked = rejecting(refused.hub, only(refused.commands), required);
    const [conflict] = refused.conflicts;
    const told = { conflictId: conflict?.id ?? "", expected: conflict?.expected ?? "", actor: null, note: null };
    const planned = planDecision(asked.hub, { ...told, group: "name", choice: { kind: "custom", value: null } }, DEFAULTS, NOON);
    expect(planned).toMatchObject({ hub: { life: { parked: { cause: "rejected" } } } });
  });

  test("that ends before the rejection is heard asks nobody", () => {
    const first = registered();
    const deactivating = policyOf({ firestoreDelete: "deactivate" });
    const removed = takeAll(first.hub, [observed("firestore", 11, {}, { life: "missing", djangoId: null })], deactivating);
    const planned = rejecting(removed.hub, only(first.commands), required, deactivating);
    expect(planned).toMatchObject({ commands: [], conflicts: [], hub: { life: { state: "deleted" } } });
  });
});

test("a field that a side's own settings do not map is withheld from its create's next update, too (P3)", () => {
  const first = registered();
  const unmapped = { phone: { code: "unmapped", message: "FIELDS does not map it." } };
  const { writeId } = only(first.commands);
  const made = answered(only(first.commands), 1, { email: "a@a.is" }, { answer: { writeId, status: "applied", rejected: unmapped } });
  const planned = takeAll(first.hub, [made]);
  expect(outcomes(planned)).toContain("phone unmapped not-mapped-by-side");
  expect(planned.commands.filter(({ side }) => side === "django")).toEqual([]);
});
