import type { Mode } from "@member-sync/reconciler/app/plan-for.ts";
import type { Direction } from "@member-sync/reconciler/core/policy.ts";
import type { GroupPolicy } from "@member-sync/shared/member/group-policy.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { GROUPS, type GroupName, type MapVersion } from "./rules.ts";
import { Tape } from "./tape.ts";
import { withTrials, type Trial } from "./trials.ts";

/** How an edit is special. `noop`: the value that stands there, in other letters. `unseen`: behind the back of capture. */
export type EditKind = "plain" | "clear" | "refused" | "rewritten" | "noop" | "unseen";

/** One thing that people mean to do. What cannot be done when its turn comes is left out. */
export type Intent =
  | { readonly kind: "edit"; readonly member: number; readonly side: Side; readonly groups: readonly GroupName[]; readonly how: EditKind }
  | { readonly kind: "twin"; readonly member: number; readonly group: GroupName }
  | { readonly kind: "bulk"; readonly side: Side; readonly group: GroupName }
  | { readonly kind: "create"; readonly member: number; readonly side: Side; readonly isBare: boolean }
  | { readonly kind: "remove"; readonly member: number; readonly side: Side }
  | { readonly kind: "activity"; readonly member: number; readonly isActive: boolean }
  | { readonly kind: "steer"; readonly member: number }
  | { readonly kind: "look"; readonly at: number }
  | { readonly kind: "decide"; readonly choice: Side | "custom"; readonly isTwice: boolean }
  | { readonly kind: "control"; readonly paused: boolean; readonly direction: Direction }
  | { readonly kind: "wait"; readonly hours: number }
  | { readonly kind: "flush" | "replay" | "poison" | "backup" | "restore-firestore" | "restore-hub" | "rest" }
  | { readonly kind: "policy"; readonly policy: GroupPolicy }
  | Trial;

/** How often each kind of trouble comes, per step or per call. */
export interface Faults {
  readonly crash: number;
  readonly duplicate: number;
  readonly late: number;
  readonly drop: number;
  readonly lostEvent: number;
  readonly failed: number;
  readonly lost: number;
  readonly mangled: number;
  readonly brownOut: number;
  readonly skew: number;
}

/** Everything that one simulated history is made of. The same case plays the same way, step by step. */
export interface Case {
  readonly seed: number;
  readonly members: number;
  readonly mode: Mode;
  readonly policy: GroupPolicy;
  readonly firestoreDelete: "deactivate" | "review";
  readonly intents: readonly Intent[];
  /** The field map that all services begin with. */
  readonly startsWith: MapVersion;
  readonly faults: Faults;
  /** Steps before people stop and everything is let come to rest. */
  readonly steps: number;
}

const POLICIES: readonly GroupPolicy[] = [
  { kind: "manual" },
  { kind: "lww", windowMs: 3_600_000 },
  { kind: "lww", windowMs: 0 },
  { kind: "owner", side: "django" },
  { kind: "owner", side: "firestore" },
];
const DIRECTIONS: readonly Direction[] = ["both", "both", "to-firestore", "to-django", "none"];
const KINDS: readonly EditKind[] = ["plain", "plain", "plain", "plain", "plain", "plain", "clear", "refused", "rewritten", "noop"];

/**
 * The case that a seed stands for: its workload and its faults are wound on tapes of their own.
 *
 * @param length steps before people stop, where the seed shall not say
 */
export function caseOf(seed: number, length?: number): Case {
  const workload = new Tape(seed, 1);
  const trouble = new Tape(seed, 2);
  const isLarge = workload.chance(0.04);
  const members = isLarge ? 4 + workload.below(17) : 3;
  const drawn = isLarge ? 150 + workload.below(351) : 50 + workload.below(31);
  const steps = length ?? drawn;
  const risks = {
    lives: workload.chance(0.5),
    controls: workload.chance(0.3),
    decisions: workload.chance(0.5),
    oddities: workload.chance(0.3),
    disasters: workload.chance(0.08),
  };
  const count = Math.floor(steps * (0.15 + workload.below(20) / 100));
  const mode = workload.chance(0.2) ? "scheduled" : "realtime";
  const policy = workload.pick(POLICIES);
  const firestoreDelete = workload.chance(0.5) ? "deactivate" : "review";
  const intents = [
    ...Array.from({ length: members }, (_, member): Intent => ({
      kind: "create",
      member,
      side: workload.pick(SIDES),
      isBare: workload.chance(0.2),
    })),
    ...Array.from({ length: count }, () => intentOf(workload, members, risks)),
  ];
  return {
    seed,
    members,
    mode,
    policy,
    firestoreDelete,
    ...withTrials(intents, { seed, members }),
    faults: faultsOf(trouble),
    steps,
  };
}

interface Risks {
  readonly lives: boolean;
  readonly controls: boolean;
  readonly decisions: boolean;
  readonly oddities: boolean;
  readonly disasters: boolean;
}

function intentOf(tape: Tape, members: number, risks: Risks): Intent {
  // Few members get most of what happens: what is rare is when things meet.
  const member = tape.chance(0.6) ? 0 : tape.below(members);
  const side = tape.pick(SIDES);
  const draw = tape.below(100);
  if (risks.lives && draw < 14) {
    if (draw < 5) return { kind: "remove", member, side };
    if (draw < 9) return { kind: "create", member, side, isBare: tape.chance(0.3) };
    return { kind: "activity", member, isActive: tape.chance(0.5) };
  }
  if (risks.decisions && draw < 30) {
    if (draw < 23) return { kind: "look", at: tape.below(8) };
    return { kind: "decide", choice: tape.pick([...SIDES, "custom"] as const), isTwice: tape.chance(0.1) };
  }
  if (risks.controls && draw < 38) {
    if (draw < 33) return { kind: "control", paused: tape.chance(0.5), direction: tape.pick(DIRECTIONS) };
    return draw < 36 ? { kind: "wait", hours: tape.pick([1, 3, 24, 24 * 21]) } : { kind: "flush" };
  }
  if (risks.disasters && draw >= 94) return disaster(tape, member, draw);
  if (risks.oddities && draw < 46) return oddity(tape, member, side, draw);
  const groups = tape.chance(0.2)
    ? [...GROUPS].slice(tape.below(2))
    : ([tape.chance(0.5) ? "name" : tape.pick(GROUPS)] satisfies readonly GroupName[]);
  return { kind: "edit", member, side, groups, how: tape.pick(KINDS) };
}

function oddity(tape: Tape, member: number, side: Side, draw: number): Intent {
  if (draw < 40) return { kind: "twin", member, group: tape.pick(GROUPS) };
  if (draw < 41) return { kind: "bulk", side, group: "name" };
  if (draw < 42) return { kind: "policy", policy: tape.pick(POLICIES) };
  if (draw < 43) return { kind: "steer", member };
  return { kind: draw < 44 ? "poison" : "replay" };
}

function disaster(tape: Tape, member: number, draw: number): Intent {
  if (draw < 96) return { kind: "backup" };
  if (draw < 98) return { kind: tape.chance(0.5) ? "restore-firestore" : "restore-hub" };
  return { kind: "edit", member, side: "django", groups: [tape.pick(GROUPS)], how: "unseen" };
}

/** Each case has some kinds of trouble and not others: what always happens together hides what each does alone. */
function faultsOf(tape: Tape): Faults {
  if (tape.chance(0.05))
    return { crash: 0, duplicate: 0, late: 0, drop: 0, lostEvent: 0, failed: 0, lost: 0, mangled: 0, brownOut: 0, skew: 0 };
  const rate = (probability: number, most: number) => (tape.chance(probability) ? (most * (1 + tape.below(10))) / 10 : 0);
  const isLossy = tape.chance(0.15);
  return {
    crash: rate(0.5, 0.05),
    duplicate: rate(0.6, 0.15),
    late: rate(0.4, 0.04),
    drop: isLossy ? rate(0.7, 0.05) : 0,
    lostEvent: isLossy ? rate(0.7, 0.1) : 0,
    failed: rate(0.5, 0.15),
    lost: rate(0.5, 0.15),
    mangled: rate(0.3, 0.3),
    brownOut: rate(0.2, 0.02),
    skew: rate(0.3, 0.02),
  };
}
