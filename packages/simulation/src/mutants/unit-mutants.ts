import type { Patch } from "./patched-core.ts";

/** A deliberate fault in the planner that worlds do not notice, and the test file of the core that must notice it. */
export interface UnitMutant {
  readonly name: string;
  readonly fault: Patch;
  readonly killedBy: string;
}

/** Faults that no small world reaches: too many steps, a rule of the clock, or a path that only people see. */
export const UNIT_MUTANTS: readonly UnitMutant[] = [
  {
    name: "only one late create is remembered",
    fault: { file: "evolve.ts", find: ".slice(-MAX_LATE_CREATES)", replace: ".slice(-1)" },
    killedBy: "late-creates.test.ts",
  },
  {
    name: "the oldest late creates are kept, not the newest",
    fault: { file: "evolve.ts", find: ".slice(-MAX_LATE_CREATES)", replace: ".slice(0, MAX_LATE_CREATES)" },
    killedBy: "late-creates.test.ts",
  },
  {
    name: "a late create told by its echo is undone without asking",
    fault: { file: "decide-life.ts", find: "observation.answer === undefined ||", replace: "" },
    killedBy: "late-creates.test.ts",
  },
  {
    name: "values swing only within a second",
    fault: { file: "bounce.ts", find: "const QUICK_MS = 60_000;", replace: "const QUICK_MS = 1_000;" },
    killedBy: "bounce.test.ts",
  },
  {
    name: "a person's second edit on one side counts as a bounce",
    fault: { file: "bounce.ts", find: "register.side === side || ", replace: "" },
    killedBy: "bounce.test.ts",
  },
  {
    name: "values that grow in turns never count as a bounce",
    fault: { file: "bounce.ts", find: "isBack ? SURE : MAYBE", replace: "isBack ? SURE : 0" },
    killedBy: "bounce.test.ts",
  },
  {
    name: "a missing peer converges with a cleared value",
    fault: { file: "decide-group.ts", find: 'peer.life !== "missing" && ', replace: "" },
    killedBy: "converge.test.ts",
  },
  {
    name: "a create sends nulls too",
    fault: { file: "emit.ts", find: "if (value !== null && !isWithheld)", replace: "if (!isWithheld)" },
    killedBy: "emit.test.ts",
  },
  {
    name: "the Django id is written to Django too",
    fault: { file: "due.ts", find: 'name === "firestore" && isThere', replace: "isThere" },
    killedBy: "emit.test.ts",
  },
  {
    name: "a removal on both sides leaves the groups' conflicts open",
    fault: { file: "decide-life.ts", find: "(isAlive ? [] : endGroups(hub, policy))", replace: "[]" },
    killedBy: "end-of-life.test.ts",
  },
  {
    name: "a decision to delete leaves the groups' conflicts open",
    fault: { file: "plan-decision.ts", find: 'state === "deleted" ? endGroups(hub, policy) : []', replace: "[]" },
    killedBy: "end-of-life.test.ts",
  },
  {
    name: "a new life keeps the first one's conflicts",
    fault: { file: "new-life.ts", find: '...close(hub, group, "superseded"),', replace: "" },
    killedBy: "end-of-life.test.ts",
  },
  {
    name: "clock uncertainty is not added",
    fault: { file: "resolve.ts", find: "policy.clockUncertaintyMs + ", replace: "" },
    killedBy: "resolve.test.ts",
  },
  {
    name: "what was measured of a side's clock is not added",
    fault: { file: "resolve.ts", find: "(incoming.stamp.clockErrorMs ?? 0)", replace: "0" },
    killedBy: "resolve.test.ts",
  },
  {
    name: "what was measured of the earlier edit's clock is not added",
    fault: { file: "resolve.ts", find: "(current.clockErrorMs ?? 0)", replace: "0" },
    killedBy: "resolve.test.ts",
  },
  {
    name: "the window's edge is outside",
    fault: { file: "resolve.ts", find: "<= rules.windowMs", replace: "< rules.windowMs" },
    killedBy: "resolve.test.ts",
  },
  {
    name: "what an ended lineage still says is taken in",
    fault: { file: "novelty.ts", find: "if (isOfEndedLineage(observation, restore)) return LATE;", replace: "" },
    killedBy: "restore.test.ts",
  },
  {
    name: "a look below the known revision shows no restore",
    fault: { file: "novelty.ts", find: "if (isBelowLook(known, observation)) return afterLook(known, observation, restore);", replace: "" },
    killedBy: "look-id.test.ts",
  },
  {
    name: "an answer to a look of the time before a restore makes it suspected again",
    fault: { file: "look-id.ts", find: "asked.restoredAt !== (known.restoredAt ?? 0)", replace: "asked.restoredAt < 0" },
    killedBy: "look-id.test.ts",
  },
  {
    name: "a late answer to a look counts as one below it",
    fault: { file: "look-id.ts", find: "compareRevisions(revision, asked.revision) < 0", replace: "asked.revision !== revision" },
    killedBy: "look-id.test.ts",
  },
  {
    name: "a member whom a look does not find makes a restore suspected",
    fault: {
      file: "novelty.ts",
      find: 'novelty.kind === "suspended" && observation.life === "missing"',
      replace: 'novelty.kind === "late"',
    },
    killedBy: "look-id.test.ts",
  },
  {
    name: "commands go to a side that seems to be restored",
    fault: { file: "due.ts", find: "isSuspended(hub, name) || ", replace: "" },
    killedBy: "restored-side.test.ts",
  },
  {
    name: "a confirmed restore counts for the next lineage too",
    fault: { file: "novelty.ts", find: "return isConfirmed && isThatOne", replace: "return restore !== undefined && isThatOne" },
    killedBy: "restore.test.ts",
  },
  {
    name: "a retired group is sent",
    fault: { file: "due.ts", find: ".filter((group) => !isRetired(hub, group))", replace: "" },
    killedBy: "retired.test.ts",
  },
  {
    name: "a create carries retired groups",
    fault: { file: "emit.ts", find: "isRetired(hub, group) || ", replace: "" },
    killedBy: "retired.test.ts",
  },
  {
    name: "a retired group keeps its member out of sync",
    fault: { file: "in-sync.ts", find: ".filter(([group]) => !isRetired(hub, group))", replace: "" },
    killedBy: "retired.test.ts",
  },
  {
    name: "a record without a retired group shows a loss",
    fault: {
      file: "interpret.ts",
      find: "asMapped(hub, withUnmapped(reported, rejection), planning.policy)",
      replace: "withUnmapped(reported, rejection)",
    },
    killedBy: "retired.test.ts",
  },
  {
    name: "what was seen of a retired group is forgotten",
    fault: { file: "map-in-force.ts", find: "fieldMap.newSince(retired[group] ?? map)", replace: "fieldMap.newSince(map)" },
    killedBy: "retired.test.ts",
  },
  {
    name: "a group that was never read on a side is sent there",
    fault: { file: "due.ts", find: " && !isUnread(side, group)", replace: "" },
    killedBy: "unread.test.ts",
  },
  {
    name: "the first reading of a group counts as an edit",
    fault: { file: "interpret-groups.ts", find: "isMeeting || isNeverRead", replace: "isMeeting" },
    killedBy: "unread.test.ts",
  },
  {
    name: "what a reader does not map counts as absent",
    fault: { file: "evolve-side.ts", find: " || unknown.includes(group)", replace: "" },
    killedBy: "unread.test.ts",
  },
  {
    name: "a late forbidden change is told with each duplicate",
    fault: { file: "interpret.ts", find: "known?.heard?.includes(revision) === true", replace: 'revision === ""' },
    killedBy: "notes.test.ts",
  },
  {
    name: "what a replaced document left out is not told",
    fault: { file: "decide-notes.ts", find: "...replaced.map(", replace: "...replaced.slice(0, 0).map(" },
    killedBy: "notes.test.ts",
  },
  {
    name: "put-backs of long ago still count",
    fault: { file: "evolve-side.ts", find: "(isOthersWork || isAfterRest)", replace: "isOthersWork" },
    killedBy: "replaced.test.ts",
  },
  {
    name: "protected paths are restored without end",
    fault: { file: "due.ts", find: "return putBacks < MAX_PUT_BACKS;", replace: "return putBacks >= 0;" },
    killedBy: "tampered.test.ts",
  },
  {
    name: "an old mark of ours that a client put back stays",
    fault: {
      file: "interpret.ts",
      find: "withOwnStatus(hub, withoutOldMark(hub, observation))",
      replace: "withOwnStatus(hub, observation)",
    },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "what a replaced document lacks still counts as cleared",
    fault: {
      file: "interpret.ts",
      find: "return withStillMissing(hub, withOwnStatus(hub, withoutOldMark(hub, observation)));",
      replace: "return withOwnStatus(hub, withoutOldMark(hub, observation));",
    },
    killedBy: "people.test.ts",
  },
  {
    name: "what our write brought back and somebody cleared counts as missing still",
    fault: { file: "still-missing.ts", find: " && !written.includes(group)", replace: "" },
    killedBy: "people.test.ts",
  },
  {
    name: "any write of ours counts as having brought a lost group back",
    fault: { file: "still-missing.ts", find: "!written.includes(group)", replace: "hub.out[side]?.writeId !== observation.writeId" },
    killedBy: "replaced.test.ts",
  },
  {
    name: "the mark of the command in flight counts as old",
    fault: { file: "old-mark.ts", find: "[hub.out.firestore, ...(hub.lateCreates ?? [])]", replace: "(hub.lateCreates ?? [])" },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "the mark of a late create counts as old",
    fault: { file: "old-mark.ts", find: "[hub.out.firestore, ...(hub.lateCreates ?? [])]", replace: "[hub.out.firestore]" },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "an old mark becomes the one that is known",
    fault: { file: "old-mark.ts", find: "({ ...observation, writeId: null })", replace: "(observation)" },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "a mark of ours that a client removed is not written anew",
    fault: { file: "old-mark.ts", find: "if (isRemoved(known, observation))", replace: "if (observation.revision === '')" },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "a removed mark is known from the event of its removal only",
    fault: { file: "old-mark.ts", find: "observation.writeId !== null || (known", replace: "observation.writeId !== null && (known" },
    killedBy: "old-mark.test.ts",
  },
  {
    name: "the conflicts of a deactivated member outlive both sides' removal",
    fault: { file: "decide-life.ts", find: "isGoneFromBoth(fact, hub) ? endGroups(hub, policy) : []", replace: "[]" },
    killedBy: "end-of-life.test.ts",
  },
  {
    name: "what a new document held before a restore is lost without a word",
    fault: { file: "decide-restore.ts", find: "parked === undefined ? aside.includes(group) :", replace: "parked === undefined ? false :" },
    killedBy: "recreated.test.ts",
  },
  {
    name: "a Django id that we never wrote is put back",
    fault: { file: "due.ts", find: "path !== DJANGO_ID || djangoId !== null", replace: "path.length > 0" },
    killedBy: "tampered.test.ts",
  },
  {
    name: "a status that a client wrote changes the member's life",
    fault: { file: "own-status.ts", find: "{ ...observation, life, tampered:", replace: "{ ...observation, tampered:" },
    killedBy: "own-status.test.ts",
  },
  {
    name: "a deactivation that came too late counts as written",
    fault: { file: "own-status.ts", find: 'answer?.status === "applied" && ', replace: "answer !== undefined && " },
    killedBy: "own-status.test.ts",
  },
  {
    name: "another time that a client gave an inactive document stays",
    fault: { file: "own-status.ts", find: "refused.includes(DELETED_AT) || ", replace: "" },
    killedBy: "own-status.test.ts",
  },
  {
    name: "the time of an inactive document is put back without end",
    fault: { file: "own-status.ts", find: " && !isPutBack", replace: " && isPutBack === isPutBack" },
    killedBy: "own-status.test.ts",
  },
  {
    name: "a member with changed protected paths is in sync",
    fault: { file: "in-sync.ts", find: " && side.tampered === undefined", replace: "" },
    killedBy: "in-sync.test.ts",
  },
  {
    name: "a deactivated member is in sync with an open conflict",
    fault: { file: "in-sync.ts", find: " || isAnythingParked(hub)", replace: "" },
    killedBy: "in-sync.test.ts",
  },
  {
    name: "a deactivated member is in sync with something due",
    fault: { file: "in-sync.ts", find: ' && dueOn(hub, name).kind === "nothing"', replace: "" },
    killedBy: "in-sync.test.ts",
  },
  {
    name: "a new document of a deleted member is written before anybody decided",
    fault: { file: "due.ts", find: " || isSetAside(hub, name)", replace: "" },
    killedBy: "recreated.test.ts",
  },
  {
    name: "a new document of a deleted member is taken at once",
    fault: { file: "decide-group.ts", find: "if (review !== undefined) return", replace: "if (edits.length === 0) return" },
    killedBy: "recreated.test.ts",
  },
  {
    name: "a stamp of the future wins",
    fault: { file: "interpret-groups.ts", find: "Math.min(seenAt, planning.now)", replace: "seenAt" },
    killedBy: "clock-error.test.ts",
  },
  {
    name: "people are notified of each move of a conflict",
    fault: { file: "park.ts", find: ">= NOTICE_EVERY_MS", replace: ">= 0" },
    killedBy: "notices.test.ts",
  },
  {
    name: "a side with nobody can be chosen, and clears the value",
    fault: { file: "plan-decision.ts", find: 'if (isOfNobody(hub, decision)) return "nobody-there";', replace: "" },
    killedBy: "plan-decision.test.ts",
  },
  {
    name: "a row of another id is taken for the same life",
    fault: { file: "reading.ts", find: "&& djangoId !== known.djangoId", replace: "&& djangoId === -1" },
    killedBy: "reordered.test.ts",
  },
  {
    name: "a create that was rejected is not tried again when the member changed meanwhile",
    fault: { file: "decide-answer.ts", find: "isMoreToSend(hub, side, rejection.inFlight)", replace: "false" },
    killedBy: "rejected.test.ts",
  },
  {
    name: "our write that ends a difference leaves the conflict open",
    fault: {
      file: "decide-answer.ts",
      find: "|| !isEqualOnBothSides(hub, policy, group)) return []",
      replace: '|| group !== "") return []',
    },
    killedBy: "converge.test.ts",
  },
];
