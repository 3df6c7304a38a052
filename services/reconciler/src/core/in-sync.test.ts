import { expect, test } from "vitest";
import type { Hub } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, takeAll } from "./testing/steps.ts";
import { hold } from "./hold.ts";

const gone = { life: "missing", djangoId: null } as const;
const edited = observed("django", 2, { ...JON, email: "new@a.is" });
const removedDocument = observed("firestore", 11, {}, gone);
const quietly = { ...DEFAULTS, paused: true };

test.each<[string, boolean, Hub]>([
  ["when both sides hold what the hub holds", true, agreed()],
  ["not when an edit is on its way", false, takeAll(agreed(), [edited]).hub],
  ["not when an edit waits for its direction", false, takeAll(agreed(), [edited], quietly).hub],
  ["not when an observation waits for a flush", false, hold(agreed(), [edited], DEFAULTS, 0).hub],
  ["not when a group is parked", false, contested()],
  ["not when the member's life is asked about", false, takeAll(agreed(), [removedDocument]).hub],
  ["not when one side was never heard of", false, takeAll(undefined, [observed("django", 1, JON)], quietly).hub],
  ["not when a deleted member still stands on a side", false, takeAll(agreed(), [observed("django", 2, {}, gone)], quietly).hub],
  ["when a deleted member was never on the other side", true, takeAll(undefined, [observed("django", 1, {}, gone)]).hub],
])("a member is in sync %s: %s", (_when, isSync, hub) => {
  expect(isInSync(hub)).toBe(isSync);
});

function contested(): Hub {
  const { hub, commands } = takeAll(agreed(), [edited]);
  const parked = takeAll(hub, [observed("firestore", 11, { ...JON, email: "other@a.is" }, { djangoId: 7 })]).hub;
  return { ...parked, out: only(commands).side === "firestore" ? {} : parked.out };
}
