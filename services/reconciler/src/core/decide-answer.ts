import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import { bouncesAfterUntouched } from "./bounce.ts";
import { isEqualOnBothSides } from "./decide-group.ts";
import { lostEntry } from "./entry.ts";
import { UNMAPPED, type FactOf, type Rejection } from "./facts.ts";
import type { HistoryEntry } from "./history.ts";
import { LIFE, type Hub, type InFlight } from "./hub.ts";
import { withoutRefused } from "./interpret.ts";
import type { Outcome } from "./outcomes.ts";
import { close, move, park } from "./park.ts";
import type { Policy } from "./policy.ts";
import { heldBy, isUnread, registerOf, seenBy } from "./read-hub.ts";

const UNNAMED: Refusal = { code: "rejected", message: "The side rejected the command without naming a field." };

/**
 * Each group that the side names is parked with the side's reason; the rest of the command continues. A command rejected
 * as a whole ends.
 */
export function decideRejection({ observation, rejection }: FactOf<"rejected">, hub: Hub): readonly Outcome[] {
  const { side } = observation;
  const named = rejection.isWhole ? namedOrAll(rejection) : rejection.refusals;
  const groups = Object.entries(named).flatMap(([group, refusal]) => rejectedGroup(hub, observation, { group, refusal, rejection }));
  if (!rejection.isWhole) return [...groups, { kind: "narrowed", side, inFlight: withoutRefused(rejection) }];
  const isLeft = groups.length > 0 || isMoreToSend(hub, side, rejection.inFlight);
  return [...groups, { kind: "ended", side }, ...(isLeft ? [] : rejectedLife(hub, side, rejection))];
}

/** A rejection of an update that names nothing that was sent must still be seen by somebody, or it would be sent for ever. */
function namedOrAll({ inFlight, refusals }: Rejection): Readonly<Record<GroupName, Refusal>> {
  const sent = Object.keys(inFlight.groups);
  if (inFlight.life !== undefined || sent.length === 0 || sent.some((group) => group in refusals)) return refusals;
  const [reason] = Object.values(refusals);
  return Object.fromEntries(sent.map((group) => [group, reason ?? UNNAMED]));
}

interface RejectedGroup {
  readonly group: GroupName;
  readonly refusal: Refusal;
  readonly rejection: Rejection;
}

function rejectedGroup(hub: Hub, { side, record }: Observation, { group, refusal, rejection }: RejectedGroup): readonly Outcome[] {
  const register = registerOf(hub, group);
  const { side: by, actor, changedAt, value, ver } = register;
  // A value that was replaced since is not worth a question: the newer one is tried next.
  if (rejection.inFlight.vers[group] !== ver) return [];
  const agreed = heldBy(hub.sides[side], group);
  const entry = { group, side: by, actor, changedAt, value, other: agreed, ver, code: refusal.code };
  if (refusal.code === UNMAPPED) {
    const told: HistoryEntry = { ...entry, outcome: "unmapped", rule: "not-mapped-by-side" };
    // One that the record carries can be written by whoever read it: an older version left it out.
    const isReadable = group in record;
    return [...(isReadable ? [] : [{ kind: "withheld", side, groups: [group] } as const]), { kind: "entry", entry: told }];
  }
  const { outcome, conflictId } = park(hub, { group, cause: "rejected", agreed, refusal: { side, ...refusal } });
  return [outcome, { kind: "entry", entry: { ...entry, outcome: "rejected", rule: "rejected-by-side", conflictId } }];
}

/** Whether the member changed since the command was emitted: what was missing then may be there now. */
function isMoreToSend(hub: Hub, side: Side, { vers, life, expectRevision }: InFlight): boolean {
  if (life !== undefined && life.ver !== hub.life.ver) return true;
  if (life?.state === "deleted") return false;
  const state = hub.sides[side];
  return Object.entries(hub.groups).some(([group, { ver, value, parked }]) => {
    if (parked !== undefined) return false;
    if (group in vers) return vers[group] !== ver;
    if (state !== undefined && isUnread(state, group)) return false;
    return expectRevision === null ? value !== null : state !== undefined && ver > seenBy(state, group);
  });
}

/** Nothing of the command can be done, and no group is to blame: the member waits for a person on that side. */
function rejectedLife(hub: Hub, side: Side, { refusals }: Rejection): readonly Outcome[] {
  const refusal = refusals[LIFE] ?? Object.values(refusals)[0] ?? UNNAMED;
  const { outcome } = park(hub, { group: LIFE, cause: "rejected", agreed: hub.life.state, refusal: { side, ...refusal } });
  // The next create, whenever it is tried, carries everything again: the side may map more by then.
  return hub.sides[side]?.life === "missing" ? [outcome, { kind: "content-gone", side }] : [outcome];
}

/** Our own write is there: it is no edit (P3). An open conflict on a group that it wrote is marked changed. */
export function decideLanding({ observation, inFlight, written, untouched }: FactOf<"landed">, hub: Hub): readonly Outcome[] {
  const { side } = observation;
  const touched = inFlight.life === undefined ? written : [...written, LIFE];
  const outcomes: Outcome[] = [{ kind: "landed", side, inFlight, written }];
  for (const group of untouched) {
    const register = registerOf(hub, group);
    outcomes.push({ kind: "group-set", group, register: { ...register, bounces: bouncesAfterUntouched(register) } });
  }
  for (const group of touched) outcomes.push(...move(hub, group));
  return outcomes;
}

/** A conflict does not outlive the difference that it is about: our own write may have ended it. */
export function closeEqualConflicts(hub: Hub, policy: Policy): readonly Outcome[] {
  return Object.entries(hub.groups).flatMap(([group, register]): readonly Outcome[] => {
    const { parked, value, ver } = register;
    if (parked === undefined || parked.cause === "rejected" || !isEqualOnBothSides(hub, policy, group)) return [];
    const held = heldBy(hub.sides.django, group);
    const stamp = hub.sides.django?.stamps[group] ?? { changedAt: 0, actor: null };
    const { parked: _, ...rest } = register;
    const isSame = policy.same(group, held, value);
    const next = isSame ? { ...rest, ver: ver + 1 } : { value: held, ver: ver + 1, side: "django" as const, ...stamp };
    const entry = { group, side: next.side, actor: next.actor, changedAt: next.changedAt, value: held, other: value, ver: next.ver };
    return [
      ...(isSame ? [] : [lostEntry(group, register, held, "equal-again")]),
      ...close(hub, group, "converged"),
      { kind: "group-set", group, register: next },
      { kind: "group-seen", side: "django", group, ver: next.ver },
      { kind: "group-seen", side: "firestore", group, ver: next.ver },
      { kind: "entry", entry: { ...entry, outcome: "converged", rule: "equal-again", conflictId: parked.conflictId } },
    ];
  });
}
