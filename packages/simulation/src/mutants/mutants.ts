import type { Fault, WorldRules } from "../model/state.ts";
import type { Patch } from "./patched-core.ts";

/** A deliberate fault, the world that must notice it, and the promise that it breaks there. */
export interface Mutant {
  readonly name: string;
  readonly fault: Fault | Patch;
  readonly world: Omit<WorldRules, "name" | "faults" | "isPruned">;
  readonly breaks: RegExp;
}

export const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
export const NEW = { ...ONE, start: "django-only" } as const;

/** Faults in the ends, in the store and in the delivery, each modelled beside the untouched planner. */
export const WORLD_MUTANTS: readonly Mutant[] = [
  { name: "a side does not compare before it sets", fault: "no-side-compare-and-set", world: ONE, breaks: /P1|P2/ },
  { name: "the hub is written without compare-and-set", fault: "no-hub-compare-and-set", world: { ...ONE, workers: 2 }, breaks: /P\d/ },
  {
    name: "our write id does not stand on the side",
    fault: "write-id-not-stored",
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P\d/,
  },
  { name: "commands are sent before the hub is stored", fault: "send-before-commit", world: ONE, breaks: /P\d/ },
  { name: "what was not sent is never sent again", fault: "never-sent-again", world: ONE, breaks: /P3: a command stays/ },
  {
    name: "history is written after the hub, not with it",
    fault: "history-after-commit",
    world: { ...ONE, policy: "owner-django" },
    breaks: /P1/,
  },
  { name: "a message is acknowledged before its hub is stored", fault: "acknowledged-before-commit", world: ONE, breaks: /P1|P2/ },
  { name: "a watermark moves though the fetch failed", fault: "watermark-on-time", world: ONE, breaks: /P1|P2/ },
  {
    name: "Django does not look at tombstones",
    fault: "tombstone-ignored",
    world: { ...ONE, start: "empty", edits: { django: 0, firestore: 0 }, removals: { django: 1 }, creations: 2 },
    breaks: /P8/,
  },
  {
    name: "Firestore forgets the creates that it has carried out",
    fault: "creates-land-twice",
    world: { ...ONE, start: "empty", edits: { django: 0, firestore: 0 }, removals: { firestore: 1 }, creations: 1 },
    breaks: /P8/,
  },
  {
    name: "every write says that the member is active",
    fault: "every-write-revives",
    world: { ...ONE, deactivations: 1 },
    breaks: /P2|P3|P8/,
  },
];
