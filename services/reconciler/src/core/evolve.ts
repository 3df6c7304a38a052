import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { evolveSide, movedSide, UNHEARD, type SideOutcome } from "./evolve-side.ts";
import { LIFE, type Hub, type InFlight, type Instant, type Parked } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { moved } from "./park.ts";
import { registerOf } from "./read-hub.ts";

/** Each needs a removal of its own, made while a create was in flight: more than a few are not people's work. */
const MAX_LATE_CREATES = 8;

/** The hub after one outcome: the only place where a hub changes. The very same hub comes back when nothing does. */
export function evolve(hub: Hub, outcome: Outcome): Hub {
  switch (outcome.kind) {
    case "entry":
      return hub;
    case "group-set":
      return withGroup(hub, outcome.group, outcome.register);
    case "life-set":
      return { ...hub, life: hub.life.parked === undefined ? outcome.life : { ...outcome.life, parked: hub.life.parked } };
    case "parked":
      return withMark(hub, outcome.group, outcome.mark);
    case "conflict-moved":
      return withMovedConflict(hub, outcome.group);
    case "conflict-closed":
      return withMark(hub, outcome.group, undefined);
    case "side-moved":
      return withSideMoved(hub, outcome.observation);
    case "sent":
      return withSent(hub, outcome.side, outcome.inFlight);
    case "narrowed":
      return { ...hub, out: { ...hub.out, [outcome.side]: outcome.inFlight } };
    case "ended":
      return { ...hub, out: without(hub.out, outcome.side) };
    case "held":
      return { ...hub, waiting: { ...hub.waiting, [outcome.side]: outcome.waiting } };
    case "side-restored":
      return withRestoredSide(hub, outcome.observation, outcome.restore.confirmedAt);
    case "landed":
    case "content-read":
    case "content-gone":
    case "group-seen":
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

function withMovedConflict(hub: Hub, group: string): Hub {
  const mark = group === LIFE ? hub.life.parked : hub.groups[group]?.parked;
  return mark === undefined ? hub : withMark(hub, group, moved(hub, mark));
}

function withSide(hub: Hub, outcome: SideOutcome): Hub {
  const name = outcome.kind === "content-read" ? outcome.observation.side : outcome.side;
  const side = hub.sides[name] ?? (outcome.kind === "landed" ? UNHEARD : undefined);
  if (side === undefined) return hub;
  return { ...hub, sides: { ...hub.sides, [name]: evolveSide(side, outcome, hub) } };
}

/** The side stands at a newer revision: an older command can no longer land there, except a create. */
function withSideMoved(hub: Hub, observation: Observation): Hub {
  const { side: name, djangoId } = observation;
  const side = movedSide(hub.sides[name] ?? UNHEARD, observation, hub.plannedAt);
  const isNewId = name === "django" && djangoId !== null;
  return {
    ...withoutFlight(hub, observation),
    sides: { ...hub.sides, [name]: side },
    waiting: isOvertaken(hub, observation) ? without(hub.waiting, name) : hub.waiting,
    ...(isNewId && { djangoId }),
  };
}

function isOvertaken(hub: Hub, { side, revision, lineage }: Observation): boolean {
  const wait = hub.waiting[side];
  if (wait === undefined || (wait.suspended === true && wait.observation.lineage !== lineage)) return false;
  return compareRevisions(wait.observation.revision, revision) <= 0;
}

/** Ends what was in flight. Firestore keeps no tombstones: a create that nobody answered may still land there. */
function withoutFlight(hub: Hub, { side, writeId }: Pick<Observation, "side" | "writeId">): Hub {
  const inFlight = hub.out[side];
  const isUnanswered = inFlight?.expectRevision === null && side === "firestore";
  const late = isUnanswered ? [...(hub.lateCreates ?? []), inFlight] : (hub.lateCreates ?? []);
  const lateCreates = late.filter((create) => create.writeId !== writeId).slice(-MAX_LATE_CREATES);
  const { lateCreates: _, ...rest } = hub;
  return { ...rest, out: without(hub.out, side), ...(lateCreates.length > 0 && { lateCreates }) };
}

function withSent(hub: Hub, side: Side, inFlight: InFlight): Hub {
  const state = hub.sides[side];
  const out = { ...hub.out, [side]: inFlight };
  const isPutBackOnly = state?.tampered !== undefined && Object.keys(inFlight.groups).length === 0;
  if (!isPutBackOnly) return { ...hub, out };
  return { ...hub, out, sides: { ...hub.sides, [side]: { ...state, putBacks: (state.putBacks ?? 0) + 1 } } };
}

/** Nothing that we knew of the side holds any more; how it stands now is read next. */
function withRestoredSide(hub: Hub, observation: Observation, restoredAt: Instant): Hub {
  const { side } = observation;
  const { out, lateCreates } = withoutFlight(hub, { side, writeId: null });
  const sides = { ...hub.sides, [side]: { ...UNHEARD, restoredAt } };
  return { ...hub, out, sides, waiting: without(hub.waiting, side), ...(lateCreates && { lateCreates }) };
}

function without<T>(sides: { readonly [S in Side]?: T }, side: Side): { readonly [S in Side]?: T } {
  if (sides[side] === undefined) return sides;
  const { [side]: _, ...rest } = sides;
  return rest;
}
