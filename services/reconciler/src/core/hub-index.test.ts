import { describe, expect, it } from "vitest";
import type { Hub, SideState } from "./hub.ts";
import { at, refOf, sampleHub, sampleInFlight } from "../adapters/contract/sample.ts";
import { inFlightAt, isDue } from "./hub-index.ts";

const settled = sampleHub(refOf("settled"));
const parked = { conflictId: "c", cause: "concurrent", openedAt: 0, step: 1, movedAt: 0, noticedAt: 0, agreed: null } as const;

function withDjango(hub: Hub, changes: Partial<SideState>): Hub {
  const { django } = hub.sides;
  if (django === undefined) throw new Error("the sample has no Django side");
  return { ...hub, sides: { ...hub.sides, django: { ...django, ...changes } } };
}

/** The hub of a member that Firestore was never heard to have. */
function onlyDjango(hub: Hub): Hub {
  const { django } = hub.sides;
  return { ...hub, sides: django === undefined ? {} : { django } };
}

function withEmail(hub: Hub, changes: Partial<Hub["groups"][string]>): Hub {
  const { email } = hub.groups;
  if (email === undefined) throw new Error("the sample has no e-mail");
  return { ...hub, groups: { ...hub.groups, email: { ...email, ...changes } } };
}

const edited = withEmail(settled, { ver: 2 });
const deleted: Hub = { ...settled, life: { ...settled.life, state: "deleted", ver: 2 } };

describe("a hub is due", () => {
  it.each<[string, Hub]>([
    ["when a side has not seen an edit", edited],
    ["when a side has never seen a group", withDjango(settled, { seen: { address: 1 } })],
    ["when one of two sides has a command on its way and the other none", { ...edited, out: { django: sampleInFlight() } }],
    ["when a side has never been heard of", onlyDjango(settled)],
    ["when a side has lost a member that is alive", withDjango(settled, { life: "missing" })],
    ["when a side has not seen the end of a life", deleted],
    ["when Firestore does not know the Django id", { ...settled, djangoId: 8 }],
    ["when another group than the parked one waits", withDjango(withEmail(settled, { ver: 2, parked }), { seen: { email: 1 } })],
  ])("%s", (_, hub) => {
    expect(isDue(hub)).toBe(true);
  });
});

describe("a hub is not due", () => {
  it.each<[string, Hub]>([
    ["when both sides agree", settled],
    [
      "when a command is on its way to both sides, also with an older value",
      { ...edited, out: { django: sampleInFlight({ vers: {} }), firestore: sampleInFlight() } },
    ],
    ["when the group that a side has not seen is parked", withEmail(edited, { parked })],
    ["when only the member's life waits for a person", { ...deleted, life: { ...deleted.life, parked } }],
    [
      "when a side that has lost the member waits for a person",
      withDjango({ ...settled, life: { ...settled.life, parked } }, { life: "missing" }),
    ],
    ["when a member that is gone was never on the other side", onlyDjango(withDjango(deleted, { life: "deleted", seenLife: 2 }))],
  ])("%s", (_, hub) => {
    expect(isDue(hub)).toBe(false);
  });
});

it("a hub is in flight since the older of its two commands", () => {
  expect(inFlightAt(settled)).toBeUndefined();
  const out = { django: sampleInFlight({ emittedAt: at(9) }), firestore: sampleInFlight({ emittedAt: at(4) }) };
  expect(inFlightAt({ ...settled, out })).toBe(at(4));
});
