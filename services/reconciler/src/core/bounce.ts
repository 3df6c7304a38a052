import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Edit } from "./facts.ts";
import type { GroupRegister, InFlight } from "./hub.ts";
import type { Policy } from "./policy.ts";
import { registerOf } from "./read-hub.ts";
import type { Reading } from "./reading.ts";

/**
 * Programs on both sides may keep changing one value for ever: one trims what the other pads, or each adds to it. A side
 * that rewrites our write, or puts the old value back at once, is surely a program: that weighs most. Any other quick
 * answer of one side to the other may be a person's, and weighs little, but not nothing.
 */
const SURE = 4;
const MAYBE = 1;

/** Two changes of a value this close together, by different sides, may be programs at work. */
const QUICK_MS = 60_000;

/** The register's count after this edit: 0 as soon as a person is surely at work. */
export function bouncesAfter(policy: Policy, { side }: Observation, edit: Edit, register: GroupRegister): number {
  const weight = weightOf(policy, side, edit, register);
  return weight === 0 ? 0 : (register.bounces ?? 0) + weight;
}

export function isOscillating(policy: Policy, bounces: number): boolean {
  return bounces > policy.maxBounces * SURE;
}

function weightOf(policy: Policy, side: Observation["side"], edit: Edit, register: GroupRegister): number {
  if (register.side === side || register.ver === 0) return 0;
  if (edit.isRewritten) return SURE;
  if (Math.abs(edit.stamp.changedAt - register.changedAt) >= QUICK_MS) return 0;
  const isBack = register.previous !== undefined && policy.same(edit.group, register.previous, edit.value);
  return isBack ? SURE : MAYBE;
}

/**
 * Groups of our write that may not have been taken, though its write id is there. Where the side does not tell what it
 * rejected, one that stands as before was probably rejected: it is not counted as written, is sent again, and its own
 * answer tells (P1, P7). A side that puts the old value back each time looks the same, so this counts as a bounce and is
 * believed a few times only.
 */
export function untouchedBy({ hub, observation, planning }: Reading, inFlight: InFlight, shadow: MemberRecord): readonly GroupName[] {
  const { answer, record, rejected } = observation;
  if (answer?.writeId === inFlight.writeId || rejected !== undefined) return [];
  const { policy } = planning;
  return Object.keys(inFlight.groups).filter((group) => {
    if (isOscillating(policy, bouncesAfterUntouched(registerOf(hub, group)))) return false;
    if (observation.unknown?.includes(group) === true) return false;
    return !policy.same(group, record[group], inFlight.groups[group]) && policy.same(group, record[group], shadow[group]);
  });
}

export function bouncesAfterUntouched(register: GroupRegister): number {
  return (register.bounces ?? 0) + SURE;
}
