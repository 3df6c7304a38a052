import type { WorldRules } from "./state.ts";

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
const NO_EDITS = { django: 0, firestore: 0 } as const;
const DJANGO_RESTORED = { ...ONE, restores: { django: "announced" } } as const;
const FIRESTORE_RESTORED = { ...ONE, restores: { firestore: "announced" }, countsOnAfterRestore: true } as const;

/** Worlds in which a promise was once broken: each found a fault of the planner. */
export const MENDED_WORLDS: readonly WorldRules[] = [
  {
    ...DJANGO_RESTORED,
    name: "a message of the ended lineage is taken in after the hub first read the restored Django",
    start: "django-only",
  },
  {
    ...DJANGO_RESTORED,
    name: "an echo of our own write is taken in while Django is suspended",
    edits: { django: 0, firestore: 2 },
  },
  {
    ...DJANGO_RESTORED,
    name: "staff remove the member from the restored Django before anybody confirms",
    edits: NO_EDITS,
    removals: { django: 1 },
  },
  { ...DJANGO_RESTORED, name: "staff clear a field in the restored Django before anybody confirms", clears: 1 },
  { ...DJANGO_RESTORED, name: "the restored Django and Firestore hold one value, and the hub another", pauses: 1 },
  { ...DJANGO_RESTORED, name: "a person decides, and the hub's value is on its way to Firestore", decisions: 1 },
  { ...FIRESTORE_RESTORED, name: "a conflict closes as equal, and the hub's value is on its way to Django", tamperings: 1 },
  { ...ONE, name: "a document is replaced while a group of it is in conflict", groups: ["a", "b"], replacements: 1 },
];
