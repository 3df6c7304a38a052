import { expect, test } from "vitest";
import type { Hub, SideState } from "./hub.ts";
import { isInSync } from "./in-sync.ts";
import { answered, observed } from "./testing/samples.ts";
import { agreed, DEFAULTS, JON, only, takeAll } from "./testing/steps.ts";
import { hold } from "./hold.ts";

const gone = { life: "missing", djangoId: null } as const;
const edited = observed("django", 2, { ...JON, email: "new@a.is" });
const removedDocument = observed("firestore", 11, {}, gone);
const quietly = { ...DEFAULTS, paused: true };
const inactive = { life: "deleted" } as const;
const newMail = { ...JON, email: "other@a.is" };

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
  ["when both sides hold the same of a deactivated member", true, deactivated()],
  ["not when a group of a deactivated member is parked", false, parkedOf(deactivated())],
  ["not when a parked group of a deactivated member was seen by all", false, seenByAll(parkedOf(deactivated()))],
  ["not when an edit of a deactivated member waits for its direction", false, takeAll(deactivated(), [mailed()], quietly).hub],
  ["not when a deactivated document is the only one and its edit is on its way", false, takeAll(deactivated(), [mailed()]).hub],
  ["when a deactivated member is left on one side only", true, takeAll(deactivated(), [observed("django", 3, {}, gone)]).hub],
  ["not when a group was lost with the document and is not written back", false, withSide({ missing: ["phone"], putBacks: 12 })],
  ["not when a group was never read on a side", false, withSide({ unread: ["phone"] })],
  ["not when protected paths are let be as a program changed them", false, withSide({ tampered: ["membership.status"], putBacks: 12 })],
  ["not when the document does not name its Django row yet", false, withSide({ djangoId: null })],
])("a member is in sync %s: %s", (_when, isSync, hub) => {
  expect(isInSync(hub)).toBe(isSync);
});

/** A document of a deactivated member, with an e-mail address that somebody changed there. */
function mailed() {
  return observed("firestore", 12, newMail, { ...inactive, djangoId: 7 });
}

/** A member whom staff deactivated, on both sides. */
function deactivated(): Hub {
  const { hub, commands } = takeAll(agreed(), [observed("django", 2, JON, inactive)]);
  return takeAll(hub, [answered(only(commands), 11, JON, inactive)]).hub;
}

/** With an e-mail address that both sides changed, and whatever was in flight ended. */
function parkedOf(hub: Hub): Hub {
  const staff = observed("django", 3, { ...JON, email: "new@a.is" }, inactive);
  return takeAll(takeAll(hub, [staff], quietly).hub, [mailed()], quietly).hub;
}

/** As after a value that swings to and fro: whoever gave the last one had seen the one before. */
function seenByAll(hub: Hub): Hub {
  const { django, firestore } = hub.sides;
  if (django === undefined || firestore === undefined) return hub;
  const seen = { name: 9, email: 9, phone: 9 };
  return { ...hub, sides: { django: { ...django, seen }, firestore: { ...firestore, seen } } };
}

/** A member in sync, but for what is known of the document. */
function withSide(more: Partial<SideState>): Hub {
  const hub = agreed();
  const { firestore } = hub.sides;
  return firestore === undefined ? hub : { ...hub, sides: { ...hub.sides, firestore: { ...firestore, ...more } } };
}

function contested(): Hub {
  const { hub, commands } = takeAll(agreed(), [edited]);
  const parked = takeAll(hub, [observed("firestore", 11, { ...JON, email: "other@a.is" }, { djangoId: 7 })]).hub;
  return { ...parked, out: only(commands).side === "firestore" ? {} : parked.out };
}
