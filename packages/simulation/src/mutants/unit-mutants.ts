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
    fault: { file: "emit.ts", find: "if (parked === undefined && value !== null)", replace: "if (parked === undefined)" },
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
];
