import type { Fault, WorldRules } from "../model/state.ts";
import type { Patch } from "./patched-core.ts";

/** A deliberate fault, the world that must notice it, and the promise that it breaks there. */
export interface Mutant {
  readonly name: string;
  readonly fault: Fault | Patch;
  readonly world: Omit<WorldRules, "name" | "faults" | "isPruned">;
  readonly breaks: RegExp;
}

const ONE = { groups: ["a"], start: "agreed", edits: { django: 1, firestore: 1 } } as const;
const NEW = { ...ONE, start: "django-only" } as const;

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

/** Faults in the planner itself: one expression of its source, replaced. */
export const PLANNER_MUTANTS: readonly Mutant[] = [
  {
    name: "no stale guard: late observations are taken in",
    fault: { file: "take-in.ts", find: "if (known !== undefined && !isNews(draft, observation, known.revision)) return;", replace: "" },
    world: ONE,
    breaks: /P3|P8/,
  },
  {
    name: "no in-flight list: a second command goes while one is on its way",
    fault: { file: "emit.ts", find: "draft.out[name] !== undefined || ", replace: "" },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P\d/,
  },
  {
    name: "the in-flight list is not cleared by a newer observation",
    fault: { file: "absorb.ts", find: "delete draft.out[observation.side];", replace: "" },
    world: ONE,
    breaks: /P3/,
  },
  {
    name: "our own writes are taken for edits",
    fault: { file: "absorb.ts", find: "observation.writeId === inFlight.writeId", replace: "inFlight.writeId === null" },
    world: { ...ONE, edits: { django: 2, firestore: 0 } },
    breaks: /P[134]/,
  },
  {
    name: "our own writes are guessed by value",
    fault: {
      file: "absorb.ts",
      find: "observation.writeId === inFlight.writeId",
      replace: "Object.entries(inFlight.groups).every(([group, value]) => draft.policy.same(group, observation.record[group], value))",
    },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P\d/,
  },
  {
    name: "a clock decides where cause does not",
    fault: { file: "edit.ts", find: "register.ver <= seenBy(side, edit.group);", replace: "edit.changedAt > register.changedAt;" },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P1|P4/,
  },
  {
    name: "an accepted edit gets no new version",
    fault: {
      file: "edit.ts",
      find: "const ver = register.ver + 1;\n  draft.groups[edit.group] = {\n    value",
      replace: "const ver = register.ver;\n  draft.groups[edit.group] = {\n    value",
    },
    world: ONE,
    breaks: /P[12]/,
  },
  {
    name: "the loser of a rule is not told",
    fault: { file: "edit.ts", find: "tellLoser(draft, edit, register, rule);\n      return", replace: "return" },
    world: { ...ONE, policy: "owner-django" },
    breaks: /P1/,
  },
  {
    name: "a parked group is sent",
    fault: {
      file: "emit.ts",
      find: "if (register.parked === undefined && register.ver > seenBy(side, group)) groups",
      replace: "if (register.ver > seenBy(side, group)) groups",
    },
    world: ONE,
    breaks: /P1|P5/,
  },
  {
    name: "a decision is taken whatever has happened since",
    fault: { file: "decide.ts", find: " || expectedOf(mark) !== decision.expected", replace: "" },
    world: { ...ONE, edits: { django: 2, firestore: 1 }, decisions: 1 },
    breaks: /a decision on/,
  },
  {
    name: "a decision does not count as a version",
    fault: { file: "decide.ts", find: "registerOf(draft, group).ver + 1;", replace: "registerOf(draft, group).ver;" },
    world: { ...ONE, decisions: 1 },
    breaks: /P\d/,
  },
  {
    name: "a later edit does not move an open conflict on",
    fault: { file: "edit.ts", find: "touch(draft, edit.group, parked);\n    return tell", replace: "return tell" },
    world: { ...ONE, edits: { django: 2, firestore: 1 }, decisions: 1 },
    breaks: /a decision on/,
  },
  {
    name: "no tombstone in a create",
    fault: { file: "emit.ts", find: ", ...(tombstone && { tombstone }) }", replace: " }" },
    world: { ...ONE, removals: { django: 1 }, decisions: 1 },
    breaks: /P\d/,
  },
  {
    name: "a delete does not ask about edits that it had not seen",
    fault: { file: "life.ts", find: "if (isContested(draft, side)) return", replace: 'if (side.revision === "") return' },
    world: { ...ONE, removals: { django: 1 } },
    breaks: /P8/,
  },
  {
    name: "an edit of somebody who did not know of the delete is swallowed",
    fault: {
      file: "life.ts",
      find: "if (isUnaware && draft.life.parked === undefined)",
      replace: "if (isUnaware && draft.life.parked !== undefined)",
    },
    world: { ...ONE, removals: { django: 1 } },
    breaks: /P8/,
  },
  {
    name: "a create that was given up is not known for ours when it lands",
    fault: { file: "absorb.ts", find: "return draft.lateCreates.find", replace: "return draft.lateCreates.slice(0, 0).find" },
    world: { ...NEW, edits: { django: 1, firestore: 0 }, removals: { firestore: 1 }, creations: 1 },
    breaks: /P[48]/,
  },
  {
    name: "our write id is taken to tell that every group was written",
    fault: { file: "absorb.ts", find: ".filter((group) => !isUntouched(draft, side, observation, inFlight, group))", replace: "" },
    world: { ...ONE, groups: ["a", "b"], refused: ["af1"], refusalsUntold: true, edits: { django: 0, firestore: 2 } },
    breaks: /P1/,
  },
  {
    name: "what was refused of a write is looked for in its answer only",
    fault: { file: "answer.ts", find: "(isAnswer ? answer.rejected : observation.rejected) ?? {}", replace: "answer?.rejected ?? {}" },
    world: { ...ONE, groups: ["a", "b"], refused: ["af1"], edits: { django: 1, firestore: 2 } },
    breaks: /P1/,
  },
  {
    name: "a document made again is taken for the one that was there",
    fault: { file: "take-in.ts", find: "observation.created !== created;", replace: "observation.created === null;" },
    world: {
      ...ONE,
      groups: ["a", "b"],
      edits: { django: 0, firestore: 0 },
      removals: { firestore: 1 },
      creations: 1,
      firestoreDelete: "deactivate",
    },
    breaks: /P8/,
  },
  {
    name: "an absorbed write is not counted as seen",
    fault: { file: "absorb.ts", find: "Object.assign(side.seen, only(inFlight.vers, groups));", replace: "" },
    world: { ...ONE, edits: { django: 1, firestore: 1 } },
    breaks: /P[34]/,
  },
  {
    name: "the expected revision is the one sent before",
    fault: {
      file: "emit.ts",
      find: "return inFlight(draft, name, side.revision, groups);",
      replace: "return inFlight(draft, name, draft.before?.sides[name]?.revision ?? null, groups);",
    },
    world: { ...ONE, edits: { django: 1, firestore: 2 } },
    breaks: /P\d/,
  },
  {
    name: "a command counts as landed when it is sent",
    fault: {
      file: "emit.ts",
      find: "draft.out[name] = inFlight;",
      replace: "draft.out[name] = inFlight; Object.assign(draft.sides[name]?.shadow ?? {}, inFlight.groups);",
    },
    world: ONE,
    breaks: /P\d/,
  },
  {
    name: "any answer to our command counts as done, also a stale one",
    fault: {
      file: "absorb.ts",
      find: "observation.writeId === inFlight.writeId ?",
      replace: "(observation.writeId === inFlight.writeId || observation.answer?.writeId === inFlight.writeId) ?",
    },
    world: ONE,
    breaks: /P\d/,
  },
  {
    name: "a landed write counts as the newest value, not as the one that was sent",
    fault: {
      file: "absorb.ts",
      find: "only(inFlight.vers, groups)",
      replace: "Object.fromEntries(groups.map((group) => [group, registerOf(draft, group).ver]))",
    },
    world: { ...ONE, edits: { django: 1, firestore: 2 } },
    breaks: /P\d/,
  },
  {
    name: "one contested group holds the member's other groups up",
    fault: {
      file: "emit.ts",
      find: "if (register.parked === undefined && register.ver > seenBy(side, group)) groups",
      replace: "if (Object.values(draft.groups).every((one) => one.parked === undefined) && register.ver > seenBy(side, group)) groups",
    },
    world: { ...ONE, groups: ["a", "b"], edits: { django: 2, firestore: 1 } },
    breaks: /P2/,
  },
  {
    name: "what a side refuses is sent again",
    fault: { file: "answer.ts", find: "refuse(draft, observation, inFlight, group, refusal);", replace: "void refusal;" },
    world: { ...ONE, refused: ["af1"] },
    breaks: /P\d/,
  },
  {
    name: "what a decision overrules is not told",
    fault: { file: "decide.ts", find: "record(draft, decision, value, ver);", replace: "" },
    world: { ...ONE, decisions: 1 },
    breaks: /P1/,
  },
  {
    name: "a new life keeps what the first one had",
    fault: {
      file: "life.ts",
      find: "const value = observation.record[group] ?? null;",
      replace: "const value = observation.record[group] ?? registerOf(draft, group).value;",
    },
    world: {
      ...ONE,
      groups: ["a", "b"],
      edits: { django: 0, firestore: 0 },
      removals: { firestore: 1 },
      creations: 1,
      firestoreDelete: "deactivate",
    },
    breaks: /P8/,
  },
];
