import { NEW, ONE, type Mutant } from "./mutants.ts";

/** Faults in the planner itself: one expression of its source, replaced. */
export const PLANNER_MUTANTS: readonly Mutant[] = [
  {
    name: "no stale guard: late observations are taken in",
    fault: { file: "novelty.ts", find: "if (order > 0) return NEWS;", replace: "return NEWS;" },
    world: ONE,
    breaks: /P3|P8/,
  },
  {
    name: "no in-flight list: a second command goes while one is on its way",
    fault: { file: "emit.ts", find: " && hub.out[side] === undefined", replace: "" },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P\d/,
  },
  {
    name: "the in-flight list is not cleared by a newer observation",
    fault: { file: "evolve.ts", find: "out: without(hub.out, side)", replace: "out: hub.out" },
    world: ONE,
    breaks: /P3/,
  },
  {
    name: "our own writes are taken for edits",
    fault: { file: "interpret.ts", find: "inFlight?.writeId === observation.writeId ?", replace: 'inFlight?.writeId === "" ?' },
    world: { ...ONE, edits: { django: 2, firestore: 0 } },
    breaks: /P[134]/,
  },
  {
    name: "our own writes are guessed by value",
    fault: {
      file: "interpret.ts",
      find: "inFlight?.writeId === observation.writeId ?",
      replace:
        "inFlight !== undefined && Object.entries(inFlight.groups).every(([group, value]) => reading.planning.policy.same(group, observation.record[group], value)) ?",
    },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P\d/,
  },
  {
    name: "a clock decides where cause does not",
    fault: {
      file: "decide-group.ts",
      find: "register.ver <= (state === undefined ? 0 : seenBy(state, group));",
      replace: "edit.stamp.changedAt > register.changedAt;",
    },
    world: { ...ONE, edits: { django: 2, firestore: 1 } },
    breaks: /P1|P4/,
  },
  {
    name: "an accepted edit gets no new version",
    fault: { file: "decide-group.ts", find: "register.ver + 1;\n  const next", replace: "register.ver;\n  const next" },
    world: ONE,
    breaks: /P\d/,
  },
  {
    name: "the loser of a rule is not told",
    fault: {
      file: "decide-group.ts",
      find: '"incoming":\n      return [lostEntry(edit.group, register, edit.value, rule), ',
      replace: '"incoming":\n      return [',
    },
    world: { ...ONE, policy: "owner-django" },
    breaks: /P1/,
  },
  {
    name: "a parked group is sent",
    fault: { file: "due.ts", find: "register.parked === undefined && ", replace: "" },
    world: ONE,
    breaks: /P1|P5/,
  },
  {
    name: "a decision is taken whatever has happened since",
    fault: { file: "plan-decision.ts", find: " || expectedOf(mark) !== decision.expected", replace: "" },
    world: { ...ONE, edits: { django: 2, firestore: 1 }, decisions: 1 },
    breaks: /a decision on/,
  },
  {
    name: "a decision does not count as a version",
    fault: { file: "plan-decision.ts", find: "registerOf(hub, group).ver + 1;", replace: "registerOf(hub, group).ver;" },
    world: { ...ONE, decisions: 1 },
    breaks: /P\d/,
  },
  {
    name: "a later edit does not move an open conflict on",
    fault: { file: "decide-group.ts", find: "...move(hub, group), ", replace: "" },
    world: { ...ONE, edits: { django: 2, firestore: 1 }, decisions: 1 },
    breaks: /a decision on/,
  },
  {
    name: "no tombstone in a create",
    fault: { file: "emit.ts", find: "due.tombstone === undefined ?", replace: "due.tombstone !== null ?" },
    world: { ...ONE, removals: { django: 1 }, decisions: 1 },
    breaks: /P\d/,
  },
  {
    name: "a delete does not ask about edits that it had not seen",
    fault: { file: "decide-life.ts", find: "if (isContested(hub, side, policy)) return", replace: "if (side.length === 0) return" },
    world: { ...ONE, removals: { django: 1 } },
    breaks: /P8/,
  },
  {
    name: "an edit of somebody who did not know of the delete is swallowed",
    fault: {
      file: "decide-life.ts",
      find: "isUnaware && hub.life.parked === undefined",
      replace: "isUnaware && hub.life.parked !== undefined",
    },
    world: { ...ONE, removals: { django: 1 } },
    breaks: /P8/,
  },
  {
    name: "a create that was given up is not known for ours when it lands",
    fault: { file: "interpret.ts", find: "hub.lateCreates?.find", replace: "hub.lateCreates?.slice(0, 0).find" },
    world: { ...NEW, edits: { django: 1, firestore: 0 }, removals: { firestore: 1 }, creations: 1 },
    breaks: /P[48]/,
  },
  {
    name: "our write id is taken to tell that every group was written",
    fault: { file: "interpret.ts", find: "untouchedBy(reading, landed, shadow)", replace: "[]" },
    world: { ...ONE, groups: ["a", "b"], refused: ["af1"], refusalsUntold: true, edits: { django: 0, firestore: 2 } },
    breaks: /P1/,
  },
  {
    name: "what was refused of a write is looked for in its answer only",
    fault: { file: "interpret.ts", find: "(isAnswer ? answer.rejected : rejected)", replace: "answer?.rejected" },
    world: { ...ONE, groups: ["a", "b"], refused: ["af1"], edits: { django: 1, firestore: 2 } },
    breaks: /P1/,
  },
  {
    name: "a document made again is taken for the one that was there",
    fault: { file: "reading.ts", find: "&& created !== known.created", replace: '&& created === ""' },
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
    fault: { file: "evolve-side.ts", find: "seen[group] = inFlight.vers[group] ?? 0;", replace: "" },
    world: { ...ONE, edits: { django: 1, firestore: 1 } },
    breaks: /P[34]/,
  },
  {
    name: "the expected revision is the one sent before",
    fault: {
      file: "plan.ts",
      find: "emit(seen, policy);",
      replace:
        "emit(seen, policy).map((one) => ({ ...one, inFlight: { ...one.inFlight, expectRevision: one.inFlight.expectRevision && (from.before?.sides[one.side]?.revision ?? null) } }));",
    },
    world: { ...ONE, edits: { django: 1, firestore: 2 } },
    breaks: /P\d/,
  },
  {
    name: "a command counts as landed when it is sent",
    fault: {
      file: "plan.ts",
      find: "evolve(seen, sent)",
      replace: 'evolve(seen, sent.flatMap((one) => [one, { ...one, kind: "landed", written: Object.keys(one.inFlight.groups) }]))',
    },
    world: ONE,
    breaks: /P\d/,
  },
  {
    name: "any answer to our command counts as done, also a stale one",
    fault: {
      file: "interpret.ts",
      find: "inFlight?.writeId === observation.writeId ?",
      replace: "inFlight?.writeId === observation.writeId || (inFlight && observation.answer?.writeId === inFlight.writeId) ?",
    },
    world: ONE,
    breaks: /P\d/,
  },
  {
    name: "a landed write counts as the newest value, not as the one that was sent",
    fault: { file: "evolve-side.ts", find: "inFlight.vers[group] ?? 0", replace: "registerOf(hub, group).ver" },
    world: { ...ONE, edits: { django: 1, firestore: 2 } },
    breaks: /P\d/,
  },
  {
    name: "one contested group holds the member's other groups up",
    fault: {
      file: "due.ts",
      find: "register.parked === undefined && ",
      replace: "Object.values(groups).every((one) => one.parked === undefined) && ",
    },
    world: { ...ONE, groups: ["a", "b"], edits: { django: 2, firestore: 1 } },
    breaks: /P2/,
  },
  {
    name: "what a side refuses is sent again",
    fault: { file: "decide-answer.ts", find: "rejectedGroup(hub, observation, { group, refusal, rejection })", replace: "[]" },
    world: { ...ONE, refused: ["af1"] },
    breaks: /P\d/,
  },
  {
    name: "what a decision overrules is not told",
    fault: { file: "plan-decision.ts", find: "...recorded(hub, decision, { value, ver }, policy),", replace: "" },
    world: { ...ONE, decisions: 1 },
    breaks: /P1/,
  },
  {
    name: "a new life keeps what the first one had",
    fault: {
      file: "new-life.ts",
      find: "observation.record[group] ?? null",
      replace: "observation.record[group] ?? registerOf(hub, group).value",
    },
    world: {
      ...ONE,
      groups: ["a", "b"],
      edits: { django: 0, firestore: 0 },
      removals: { django: 1 },
      creations: 1,
      firestoreDelete: "deactivate",
    },
    breaks: /P8/,
  },
];
