import type { WorldRules } from "./state.ts";

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
const NO_EDITS = { django: 0, firestore: 0 } as const;
const DJANGO_RESTORED = { ...ONE, restores: { django: "announced" } } as const;
const FIRESTORE_RESTORED = { ...ONE, restores: { firestore: "announced" }, countsOnAfterRestore: true } as const;

/** A world in which a promise is broken today. Once the fault is mended, the world moves to the others. */
export interface OpenFault {
  readonly world: WorldRules;
  readonly breaks: RegExp;
}

export const OPEN_FAULTS: readonly OpenFault[] = [
  {
    breaks: /P9: django stays suspended/,
    world: {
      ...DJANGO_RESTORED,
      name: "a message of the ended lineage is taken in after the hub first read the restored Django",
      start: "django-only",
    },
  },
  {
    breaks: /P4: .* ordered by cause/,
    world: {
      ...DJANGO_RESTORED,
      name: "an echo of our own write is taken in while Django is suspended",
      edits: { django: 0, firestore: 2 },
    },
  },
  {
    breaks: /P8: the member is back/,
    world: {
      ...DJANGO_RESTORED,
      name: "staff remove the member from the restored Django before anybody confirms",
      edits: NO_EDITS,
      removals: { django: 1 },
    },
  },
  {
    breaks: /P1: a-clear is overwritten/,
    world: { ...DJANGO_RESTORED, name: "staff clear a field in the restored Django before anybody confirms", clears: 1 },
  },
  {
    breaks: /P5: a is a-old on both sides/,
    world: { ...DJANGO_RESTORED, name: "the restored Django and Firestore hold one value, and the hub another", pauses: 1 },
  },
  {
    breaks: /P1: .* is overwritten by a-old/,
    world: { ...DJANGO_RESTORED, name: "a person decides, and the hub's value is on its way to Firestore", decisions: 1 },
  },
  {
    breaks: /P1: .* is overwritten by a-old/,
    world: { ...FIRESTORE_RESTORED, name: "a conflict closes as equal, and the hub's value is on its way to Django", tamperings: 1 },
  },
  {
    breaks: /P1: bf1 vanished/,
    world: { ...ONE, name: "a document is replaced while a group of it is in conflict", groups: ["a", "b"], replacements: 1 },
  },
  {
    breaks: /P1: b-old was taken for newer than bd2/,
    world: {
      ...ONE,
      name: "a tracker with an old map leaves a group of a command out, and reads the document before its answer is heard",
      groups: ["a", "b"],
      mixedMaps: ["firestore"],
      edits: { django: 2, firestore: 0 },
    },
  },
];
