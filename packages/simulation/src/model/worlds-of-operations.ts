import type { WorldRules } from "./state.ts";

/** Worlds in which operators pause, restore and deploy, and in which clients replace documents and write protected paths. */

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
const TWO = { ...ONE, groups: ["a", "b"] } as const;
const THREE = { ...ONE, groups: ["a", "b", "c"] } as const;
const NO_EDITS = { django: 0, firestore: 0 } as const;
const DJANGO_EDITS = { django: 1, firestore: 0 } as const;
const PORTAL_EDITS = { django: 0, firestore: 1 } as const;
const DJANGO_RESTORED = { ...ONE, restores: { django: "announced" } } as const;
const FIRESTORE_RESTORED = { ...ONE, restores: { firestore: "announced" }, countsOnAfterRestore: true } as const;
const BOTH = ["django", "firestore"] as const;

/** Small enough for every test run. */
export const SMALL_OPERATIONS: readonly WorldRules[] = [
  { ...ONE, name: "the sync is paused and resumed", pauses: 1 },
  { ...ONE, name: "Django refuses a value, during a pause or after it", pauses: 1, refused: ["af1"] },
  { ...DJANGO_RESTORED, name: "Django is restored" },
  { ...DJANGO_RESTORED, name: "Django is restored, and the later clock wins", policy: "lww" },
  { ...DJANGO_RESTORED, name: "Django is restored, and owns the group", policy: "owner-django" },
  { ...DJANGO_RESTORED, name: "Django is restored, and Firestore owns the group", policy: "owner-firestore" },
  { ...DJANGO_RESTORED, name: "Django is restored, and refuses a value", refused: ["af1"] },
  { ...FIRESTORE_RESTORED, name: "Firestore is restored, and counts on" },
  { ...FIRESTORE_RESTORED, name: "Firestore is restored, and its revisions go back", countsOnAfterRestore: false },
  { ...ONE, name: "both sides are restored", restores: { django: "announced", firestore: "announced" }, edits: DJANGO_EDITS },
  { ...ONE, name: "Django is restored, and nobody announces it", restores: { django: "unannounced" } },
  { ...ONE, name: "Firestore is restored, and nobody announces it", restores: { firestore: "unannounced" } },
  { ...TWO, name: "a group that both sides hold is mapped, staff edit", lateGroup: BOTH, edits: DJANGO_EDITS },
  { ...TWO, name: "a group that both sides hold is mapped, a member edits", lateGroup: BOTH, edits: PORTAL_EDITS },
  { ...TWO, name: "a group that Django holds is mapped", lateGroup: ["django"], edits: PORTAL_EDITS },
  { ...TWO, name: "a group is mapped that Django owns", lateGroup: ["firestore"], edits: DJANGO_EDITS, policy: "owner-django" },
  { ...TWO, name: "a group is mapped, and a member is deactivated", lateGroup: BOTH, edits: NO_EDITS, deactivations: 1 },
  { ...TWO, name: "a group is mapped during a pause", lateGroup: ["django"], edits: PORTAL_EDITS, pauses: 1 },
  { ...TWO, name: "a tracker with an old map runs beside a new one, a member edits", mixedMaps: ["firestore"], edits: PORTAL_EDITS },
  { ...TWO, name: "a tracker with an old map runs beside a new one, staff edit", mixedMaps: ["firestore"], edits: DJANGO_EDITS },
  { ...TWO, name: "a Django with an old map runs beside a new one, staff edit", mixedMaps: ["django"], edits: DJANGO_EDITS },
  { ...TWO, name: "a Django with an old map runs beside a new one, a member edits", mixedMaps: ["django"], edits: PORTAL_EDITS },
  { ...TWO, name: "old maps run on both sides", mixedMaps: BOTH, edits: PORTAL_EDITS },
  { ...ONE, name: "a client writes a protected path", tamperings: 1 },
  { ...ONE, name: "a client writes a protected path during a pause", tamperings: 1, pauses: 1, edits: PORTAL_EDITS },
  { ...ONE, name: "a client writes a protected path, and the member is deactivated", tamperings: 1, deactivations: 1, edits: DJANGO_EDITS },
  {
    ...ONE,
    name: "a client writes a protected path, removals on both sides, and a person",
    tamperings: 1,
    removals: { django: 1, firestore: 1 },
    decisions: 1,
    edits: NO_EDITS,
  },
  { ...TWO, name: "a document is replaced, staff edit", replacements: 1, edits: DJANGO_EDITS },
  { ...TWO, name: "a document is replaced, a member edits", replacements: 1, edits: PORTAL_EDITS },
  { ...TWO, name: "a document is replaced, and the member is deactivated", replacements: 1, edits: NO_EDITS, deactivations: 1 },
  { ...TWO, name: "a new document is replaced", start: "django-only", replacements: 1, edits: DJANGO_EDITS },
  { ...THREE, name: "three groups" },
  { ...THREE, name: "three groups, a pause, and a person decides", pauses: 1, decisions: 1 },
];

/** For the nightly tier. */
export const LARGE_OPERATIONS: readonly WorldRules[] = [
  { ...DJANGO_RESTORED, name: "Django is restored, two edits there", edits: { django: 2, firestore: 1 } },
  { ...DJANGO_RESTORED, name: "Django is restored, two groups", groups: ["a", "b"] },
  { ...DJANGO_RESTORED, name: "Django is restored, and the document is removed", removals: { firestore: 1 } },
  { ...DJANGO_RESTORED, name: "Django is restored, and a member is deactivated", deactivations: 1 },
  { ...DJANGO_RESTORED, name: "Django is restored, with two workers", workers: 2 },
  { ...FIRESTORE_RESTORED, name: "Firestore is restored, and the row is removed", removals: { django: 1 } },
  { ...ONE, name: "both sides are restored, an edit on each", restores: { django: "announced", firestore: "announced" } },
  {
    ...ONE,
    name: "Django is restored unannounced, two edits there",
    restores: { django: "unannounced" },
    edits: { django: 2, firestore: 1 },
  },
  { ...TWO, name: "a group is mapped, an edit on each side", lateGroup: BOTH },
  { ...TWO, name: "a group is mapped, and the later clock wins", lateGroup: BOTH, policy: "lww" },
  { ...TWO, name: "a group is mapped, and a person decides", lateGroup: BOTH, decisions: 1, edits: PORTAL_EDITS },
  {
    ...TWO,
    name: "a group is mapped, a removal, a new life",
    lateGroup: ["firestore"],
    removals: { firestore: 1 },
    creations: 1,
    edits: NO_EDITS,
  },
  { ...TWO, name: "two trackers, and a document is removed", mixedMaps: ["firestore"], removals: { firestore: 1 }, edits: PORTAL_EDITS },
  { ...TWO, name: "two trackers, two edits by staff", mixedMaps: ["firestore"], edits: { django: 2, firestore: 0 } },
  { ...TWO, name: "two trackers, two edits by a member", mixedMaps: ["firestore"], edits: { django: 0, firestore: 2 } },
  { ...ONE, name: "protected paths are written twice, and a pause", tamperings: 2, pauses: 1 },
  { ...TWO, name: "a document is replaced twice", replacements: 2, edits: DJANGO_EDITS },
  { ...TWO, name: "a document is replaced, and a protected path is written", tamperings: 1, replacements: 1, edits: DJANGO_EDITS },
  {
    ...TWO,
    name: "a document is replaced, removals on both sides, a new life",
    replacements: 1,
    removals: { django: 1, firestore: 1 },
    creations: 1,
    edits: NO_EDITS,
  },
  {
    ...ONE,
    name: "a protected path is written, removals on both sides, a new life",
    tamperings: 1,
    removals: { django: 1, firestore: 1 },
    creations: 1,
    edits: NO_EDITS,
  },
  {
    ...THREE,
    name: "three groups, removals on both sides, a new life",
    removals: { django: 1, firestore: 1 },
    creations: 1,
    edits: PORTAL_EDITS,
  },
  {
    ...THREE,
    name: "three groups, removals on both sides, a new life, a person and a pause",
    removals: { django: 1, firestore: 1 },
    creations: 1,
    decisions: 1,
    pauses: 1,
    edits: NO_EDITS,
  },
  { ...THREE, name: "three groups, and Django is restored", restores: { django: "announced" } },
  { ...THREE, name: "three groups, one mapped late, and a person decides", lateGroup: BOTH, decisions: 1, edits: DJANGO_EDITS },
  {
    ...THREE,
    name: "three groups, a replaced document and a protected path",
    replacements: 1,
    tamperings: 1,
    edits: DJANGO_EDITS,
  },
];
