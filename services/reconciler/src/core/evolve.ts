import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { otherSide, type Side } from "@member-sync/shared/member/side.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { evolveSide, movedSide, UNHEARD, type SideOutcome } from "./evolve-side.ts";
import { LIFE, type GroupRegister, type Hub, type InFlight, type Instant, type Parked, type SideState } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { moved } from "./park.ts";
import { registerOf } from "./read-hub.ts";

/** Each needs its own removal while a create was in flight; more than these cannot be people's edits. */
const MAX_LATE_CREATES = 8;

/**
 * The hub after what was decided: the only place where a hub changes. The very same hub comes back when nothing does.
 * Values and versions of groups are set first, all at once; nothing else that is decided with them depends on their order.
 */
export function evolve(hub: Hub, outcomes: readonly Outcome[]): Hub {
  let next = withValues(hub, outcomes);
  for (const outcome of outcomes) next = evolveOne(next, outcome);
  return next;
}

/** The values and versions that were set, and which of them each side has seen: one copy for all groups. */
function withValues(hub: Hub, outcomes: readonly Outcome[]): Hub {
  let groups: Record<string, GroupRegister> | undefined;
  const seen: { [S in Side]?: Record<string, number> } = {};
  let isSeen = false;
  for (const outcome of outcomes) {
    if (outcome.kind === "group-set") (groups ??= { ...hub.groups })[outcome.group] = outcome.register;
    if (outcome.kind !== "group-seen" || hub.sides[outcome.side] === undefined) continue;
    (seen[outcome.side] ??= { ...hub.sides[outcome.side]?.seen })[outcome.group] = outcome.ver;
    isSeen = true;
  }
  if (groups === undefined && !isSeen) return hub;
  return { ...hub, groups: groups ?? hub.groups, sides: isSeen ? withSeen(hub.sides, seen) : hub.sides };
}

function withSeen(sides: Hub["sides"], { django, firestore }: { readonly [S in Side]?: SideState["seen"] }): Hub["sides"] {
  const after: { [S in Side]?: SideState } = { ...sides };
  if (sides.django !== undefined && django !== undefined) after.django = { ...sides.django, seen: django };
  if (sides.firestore !== undefined && firestore !== undefined) after.firestore = { ...sides.firestore, seen: firestore };
  return after;
}

function evolveOne(hub: Hub, outcome: Outcome): Hub {
  switch (outcome.kind) {
    case "entry":
    case "group-set":
    case "group-seen":
      return hub;
    case "life-set":
      return { ...hub, life: hub.life.parked === undefined ? outcome.life : { ...outcome.life, parked: hub.life.parked } };
    case "parked":
      return withMark(hub, outcome.group, outcome.mark);
    case "conflict-moved":
      return withMovedConflict(hub, outcome.group);
    case "conflict-closed":
      return withMark(hub, outcome.group, undefined);
    case "side-moved":
      return withSideMoved(hub, outcome.observation, outcome.restoredAt);
    case "sent":
      return withSent(hub, outcome.side, outcome.inFlight);
    case "narrowed":
      return { ...hub, out: withOne(hub.out, outcome.side, outcome.inFlight) };
    case "ended":
      return { ...hub, out: without(hub.out, outcome.side) };
    case "wait-over":
      return { ...hub, waiting: without(hub.waiting, outcome.side) };
    case "held":
      return { ...hub, waiting: withOne(hub.waiting, outcome.side, outcome.waiting) };
    case "side-restored":
      return withRestoredSide(hub, outcome.observation, outcome.restore.confirmedAt);
    case "groups-retired":
      return withRetiredGroups(hub, outcome.retired);
    case "landed":
    case "content-read":
    case "content-gone":
    case "life-seen":
    case "withheld":
    case "notes-heard":
    case "map-changed":
      return withSide(hub, outcome);
  }
}

function withGroup(hub: Hub, group: string, register: Hub["groups"][string]): Hub {
  return { ...hub, groups: { ...hub.groups, [group]: register } };
}

function withMark(hub: Hub, group: string, mark: Parked | undefined): Hub {
  if (group === LIFE) {
    const { parked: _, ...life } = hub.life;
    return { ...hub, life: mark === undefined ? life : { ...life, parked: mark } };
  }
  const { parked: _, ...register } = registerOf(hub, group);
  return withGroup(hub, group, mark === undefined ? register : { ...register, parked: mark });
}

function withRetiredGroups(hub: Hub, retired: NonNullable<Hub["retired"]>): Hub {
  if (Object.keys(retired).length > 0) return { ...hub, retired };
  const { retired: _, ...rest } = hub;
  return rest;
}

function withMovedConflict(hub: Hub, group: string): Hub {
  const mark = group === LIFE ? hub.life.parked : hub.groups[group]?.parked;
  return mark === undefined ? hub : withMark(hub, group, moved(hub, mark));
}

function withSide(hub: Hub, outcome: SideOutcome): Hub {
  const name = outcome.kind === "content-read" ? outcome.observation.side : outcome.side;
  const side = hub.sides[name] ?? (outcome.kind === "landed" || outcome.kind === "withheld" ? UNHEARD : undefined);
  if (side === undefined) return hub;
  return { ...hub, sides: withOne(hub.sides, name, evolveSide(side, outcome, hub)) };
}

/** The side stands at a newer revision: an older command can no longer land there, except a create. */
function withSideMoved(hub: Hub, observation: Observation, restoredAt: Instant | undefined): Hub {
  const { side: name, djangoId } = observation;
  // A side first heard of after a restore was confirmed has been read under it.
  const known = hub.sides[name] ?? (restoredAt === undefined ? UNHEARD : { ...UNHEARD, restoredAt });
  const side = movedSide(known, observation, hub);
  return {
    ...withoutFlight(hub, observation),
    sides: withOne(hub.sides, name, side),
    djangoId: name === "django" && djangoId !== null ? djangoId : hub.djangoId,
    waiting: isOvertaken(hub, observation) ? without(hub.waiting, name) : hub.waiting,
  };
}

function isOvertaken(hub: Hub, { side, revision, lineage }: Observation): boolean {
  const wait = hub.waiting[side];
  if (wait === undefined || (wait.suspended === true && wait.observation.lineage !== lineage)) return false;
  return compareRevisions(wait.observation.revision, revision) <= 0;
}

/**
 * Ends what was in flight. Firestore keeps no tombstones: a create that nobody answered may still land there. So may a first
 * create for Django, which names no lineage, once Django has been restored.
 */
function withoutFlight(hub: Hub, { side, writeId, answer }: Pick<Observation, "side" | "writeId" | "answer">): Hub {
  const inFlight = hub.out[side];
  const isFirst = hub.sides.django === undefined && answer?.writeId !== inFlight?.writeId;
  const isUnanswered = inFlight?.expectRevision === null && (side === "firestore" || isFirst);
  const ended = inFlight === undefined ? hub : { ...hub, out: without(hub.out, side) };
  if (!isUnanswered && hub.lateCreates === undefined) return ended;
  const late = [...(hub.lateCreates ?? []), ...(isUnanswered ? [inFlight] : [])];
  const lateCreates = late.filter((create) => create.writeId !== writeId).slice(-MAX_LATE_CREATES);
  const { lateCreates: _, ...rest } = ended;
  return lateCreates.length > 0 ? { ...rest, lateCreates } : rest;
}

function withSent(hub: Hub, side: Side, inFlight: InFlight): Hub {
  const state = hub.sides[side];
  const out = withOne(hub.out, side, inFlight);
  if (state === undefined || !isPutBackOnly(state, inFlight)) return { ...hub, out };
  return { ...hub, out, sides: withOne(hub.sides, side, { ...state, putBacks: (state.putBacks ?? 0) + 1 }) };
}

function isPutBackOnly({ tampered, missing }: SideState, { groups }: InFlight): boolean {
  return (tampered !== undefined || missing !== undefined) && Object.keys(groups).every((group) => missing?.includes(group));
}

/** Nothing that we knew of the side holds any more; how it stands now is read next. */
function withRestoredSide(hub: Hub, observation: Observation, restoredAt: Instant): Hub {
  const { side } = observation;
  const sides = withOne(hub.sides, side, { ...UNHEARD, restoredAt });
  return { ...withoutFlight(hub, { side, writeId: null }), sides, waiting: without(hub.waiting, side) };
}

/** By name: a computed key would double the time of each of these small copies. */
function withOne<T>(sides: { readonly [S in Side]?: T }, side: Side, one: T): { readonly [S in Side]?: T } {
  return side === "django" ? { ...sides, django: one } : { ...sides, firestore: one };
}

function without<T>(sides: { readonly [S in Side]?: T }, side: Side): { readonly [S in Side]?: T } {
  const kept = sides[otherSide(side)];
  return kept === undefined ? {} : { [otherSide(side)]: kept };
}
