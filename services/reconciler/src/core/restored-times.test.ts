import { describe, expect, test } from "vitest";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { waitingIn } from "./hold.ts";
import type { Hub } from "./hub.ts";
import { plan } from "./plan.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import { agreed, JON, only, outcomes } from "./testing/steps.ts";

const RESTORED_AT = NOON + 8 * HOUR;
const lww = { kind: "lww", windowMs: HOUR } as const;
const policy = policyOf({ groups: { name: lww, email: lww, phone: lww } });
const confirmed = { ...policy, restores: { django: { lineage: "b", ended: ["a"], confirmedAt: RESTORED_AT } } };

const django = (revision: number, record: Observation["record"], changedAt: number, lineage: string) =>
  observed("django", revision, record, { lineage, changedAt });

/** Django was dumped at noon (revision 2); two hours later the member gave a new phone, which Django has at revision 3. */
function editedAfterTheDump(): Hub {
  const atDump = plan(agreed(), [django(2, JON, NOON, "a")], policy, NOON).hub;
  const own = observed("firestore", 11, { ...JON, phone: "777" }, { djangoId: 7, changedAt: NOON + 2 * HOUR });
  const edit = plan(atDump, [own], policy, NOON + 2 * HOUR);
  const written = answered(only(edit.commands), 3, { ...JON, phone: "777" }, { lineage: "a", changedAt: NOON + 2 * HOUR });
  return plan(edit.hub, [written], policy, NOON + 2 * HOUR).hub;
}

function restoredWith(observation: Observation) {
  const { hub } = plan(editedAfterTheDump(), [observation], policy, RESTORED_AT);
  return plan(hub, waitingIn(hub, confirmed), confirmed, RESTORED_AT);
}

describe("a value of the dump, whose time is that of something which happened after the restore, never wins by its clock", () => {
  test("staff edit the name after the restore: a person is asked about the phone of the dump", () => {
    const planned = restoredWith(django(3, { ...JON, name: "Jón Ó." }, RESTORED_AT, "b"));
    expect(planned.hub.groups["phone"]?.value).toBe("777");
    expect(outcomes(planned)).toContain("phone parked lww-after-restore");
  });

  test("`member_sync_backfill --all` gives every value a new time: a person is asked about the phone", () => {
    const planned = restoredWith(django(3, JON, RESTORED_AT, "b")); // the outbox row of the backfill: changed_at is now
    expect(planned.hub.groups["phone"]?.value).toBe("777");
    expect(planned.conflicts).toMatchObject([{ group: "phone", django: { value: JON["phone"] }, firestore: { value: "777" } }]);
  });
});
