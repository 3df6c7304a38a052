import type { WorldRules } from "./state.ts";

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
const LIVES = { ...ONE, removals: { django: 1, firestore: 1 } } as const;

/** Worlds small enough to be visited to the last state in every test run. */
export const SMALL_WORLDS: readonly WorldRules[] = [
  { ...ONE, name: "two edits on each side", edits: { django: 2, firestore: 2 } },
  { ...ONE, name: "three edits against two", edits: { django: 3, firestore: 2 } },
  { ...ONE, name: "a value is cleared", clears: 1, edits: { django: 2, firestore: 1 } },
  { ...ONE, name: "the later clock wins, and the clocks are wrong", policy: "lww", edits: { django: 2, firestore: 2 } },
  { ...ONE, name: "Django owns the group", policy: "owner-django", edits: { django: 2, firestore: 2 } },
  { ...ONE, name: "Firestore owns the group", policy: "owner-firestore", edits: { django: 2, firestore: 1 } },
  { ...ONE, name: "a person decides", decisions: 1, edits: { django: 2, firestore: 1 } },
  { ...ONE, name: "two workers and a person who decides", workers: 2, decisions: 1 },
  { ...ONE, name: "Django refuses a value, and a person decides", refused: ["af1"], decisions: 1, edits: { django: 2, firestore: 1 } },
  { ...ONE, name: "two groups, one of them refused", groups: ["a", "b"], refused: ["bf1"], edits: { django: 2, firestore: 1 } },
  { ...ONE, name: "one command, of which one group is refused", groups: ["a", "b"], refused: ["af1"], edits: { django: 0, firestore: 2 } },
  { ...ONE, name: "two groups, and a person decides", groups: ["a", "b"], clears: 1, decisions: 1 },
  { ...ONE, name: "a member whom Firestore does not know yet", start: "django-only", workers: 2 },
  { ...ONE, name: "a member made on both sides", start: "empty", creations: 2 },
  { ...ONE, name: "a row is removed", removals: { django: 1 }, decisions: 1 },
  { ...ONE, name: "a document is removed, and a person is asked", removals: { firestore: 1 }, decisions: 1 },
  { ...ONE, name: "a document is removed, which deactivates", removals: { firestore: 1 }, firestoreDelete: "deactivate", decisions: 1 },
  { ...ONE, name: "a row is removed, and made again", removals: { django: 1 }, creations: 1 },
  { ...ONE, name: "a document is removed, and made again", removals: { firestore: 1 }, creations: 1 },
  { ...ONE, name: "a member is deactivated, and either side reactivates", deactivations: 1, creations: 1 },
  { ...LIVES, name: "a new member is removed on either side", start: "django-only", edits: { django: 0, firestore: 1 }, decisions: 1 },
  { ...LIVES, name: "removals on both sides, which deactivate", firestoreDelete: "deactivate" },
  { ...ONE, name: "a late create under wrong clocks", policy: "lww", start: "django-only", removals: { firestore: 1 }, creations: 1 },
  {
    ...ONE,
    name: "a create is carried out twice, with an unheard removal between",
    start: "empty",
    edits: { django: 0, firestore: 1 },
    removals: { firestore: 1 },
    creations: 1,
  },
  {
    ...ONE,
    name: "a group is refused, and an edit on top of the write is heard of before the refusal",
    groups: ["a", "b"],
    refused: ["af1"],
    edits: { django: 1, firestore: 2 },
  },
  {
    ...ONE,
    name: "one group is refused, and Django tells it in its answer only",
    groups: ["a", "b"],
    refused: ["af1"],
    refusalsUntold: true,
    edits: { django: 0, firestore: 2 },
  },
];

/** Worlds that take longer: the nightly tier. */
export const LARGE_WORLDS: readonly WorldRules[] = [
  { ...ONE, name: "three edits against two, and a person decides", decisions: 1, edits: { django: 3, firestore: 2 } },
  { ...ONE, name: "two workers, three edits", workers: 2, edits: { django: 2, firestore: 1 }, decisions: 1 },
  { ...ONE, name: "two groups, four edits", groups: ["a", "b"], edits: { django: 2, firestore: 2 } },
  {
    ...ONE,
    name: "two groups, three edits, a refusal and a person",
    groups: ["a", "b"],
    refused: ["bf1"],
    edits: { django: 2, firestore: 1 },
    decisions: 1,
  },
  { ...LIVES, name: "removals on both sides, and two decisions", decisions: 2 },
  { ...LIVES, name: "removals on both sides, and two new lives", creations: 2 },
  {
    ...ONE,
    name: "a new member, a removal, a new life and a person",
    start: "django-only",
    edits: { django: 1, firestore: 0 },
    removals: { firestore: 1 },
    creations: 1,
    decisions: 1,
  },
  { ...ONE, name: "deactivation, removal of the document, and a person", removals: { firestore: 1 }, deactivations: 1, decisions: 1 },
  {
    ...ONE,
    name: "members made and removed three times",
    start: "empty",
    edits: { django: 1, firestore: 0 },
    removals: { firestore: 1, django: 1 },
    creations: 3,
  },
  { ...ONE, name: "removal, deactivation, new life, wrong clocks", policy: "lww", removals: { django: 1 }, deactivations: 1, creations: 1 },
  {
    ...ONE,
    name: "two groups, an owner, a new life",
    policy: "owner-firestore",
    groups: ["a", "b"],
    removals: { django: 1 },
    creations: 1,
  },
  { ...ONE, name: "no message is ever forgotten", isPruned: false, edits: { django: 2, firestore: 1 } },
];
