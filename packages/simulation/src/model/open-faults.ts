import type { WorldRules } from "./state.ts";

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;

/** A world in which a promise is broken today. Once the fault is mended, the world moves to the others. */
export interface OpenFault {
  readonly world: WorldRules;
  readonly breaks: RegExp;
}

/** A person is asked without need: the answer of the old map does not tell that our write of the group is there. Nothing is lost. */
export const OPEN_FAULTS: readonly OpenFault[] = [
  {
    breaks: /P4: bd1 and bd2 .* taken for concurrent/,
    world: {
      ...ONE,
      name: "a tracker with an old map leaves a group of a command out, and reads the document before its answer is heard",
      groups: ["a", "b"],
      mixedMaps: ["firestore"],
      edits: { django: 2, firestore: 0 },
    },
  },
];
