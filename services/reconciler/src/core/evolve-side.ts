import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { LIFE, type ContentStamp, type Hub, type Instant, type SideState } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { registerOf } from "./read-hub.ts";

/** Late observations with notes that are remembered as told: a duplicate later than that is told twice, and harms nobody. */
const MAX_HEARD = 16;

/** Outcomes that change one side of the hub. */
export type SideOutcome = Extract<
  Outcome,
  {
    readonly kind: "landed" | "content-read" | "content-gone" | "group-seen" | "life-seen" | "withheld" | "notes-heard" | "map-changed";
  }
>;
type SideOutcomeOf<K extends SideOutcome["kind"]> = Extract<SideOutcome, { readonly kind: K }>;

/** A side that nothing is known of. */
export const UNHEARD: SideState = { revision: "0", shadow: {}, life: "missing", djangoId: null, seen: {}, seenLife: 0, stamps: {} };

export function evolveSide(side: SideState, outcome: SideOutcome, hub: Hub): SideState {
  switch (outcome.kind) {
    case "landed":
      return withOwnWrite(side, outcome, hub);
    case "content-read":
      return outcome.only === undefined ? withContent(side, outcome) : withGroups(side, outcome, outcome.only);
    case "content-gone":
      return { ...side, shadow: {}, seen: {} };
    case "group-seen":
      return { ...side, seen: { ...side.seen, [outcome.group]: outcome.ver } };
    case "life-seen":
      return { ...side, seenLife: outcome.ver };
    case "withheld":
      return withUnread(side, [...(side.unread ?? []), ...outcome.groups]);
    case "notes-heard":
      return { ...side, heard: [...(side.heard ?? []), outcome.revision].slice(-MAX_HEARD) };
    case "map-changed":
      return withNewMap(side, outcome);
  }
}

/** Counts our own write into what the side holds: what we wrote is then never taken for an edit (P3). */
function withOwnWrite(side: SideState, { inFlight, written }: SideOutcomeOf<"landed">, hub: Hub): SideState {
  const shadow = { ...side.shadow };
  const seen = { ...side.seen };
  const stamps: Record<GroupName, ContentStamp> = { ...side.stamps };
  for (const group of written) {
    const { changedAt, actor } = registerOf(hub, group);
    shadow[group] = inFlight.groups[group] ?? null;
    seen[group] = inFlight.vers[group] ?? 0;
    stamps[group] = { changedAt, actor };
  }
  const { life } = inFlight;
  return { ...side, shadow, seen, stamps, ...(life && { life: life.state, seenLife: life.ver }) };
}

/**
 * The whole content as read. A group that the side held and no longer carries was not cleared (that would be null): ours
 * is kept, and sent there again. A group that its reader could not know keeps what we knew, and is withheld.
 */
function withContent(side: SideState, { observation, record, stamps, map }: SideOutcomeOf<"content-read">): SideState {
  const { unknown = [] } = observation;
  const shadow = { ...record };
  for (const group of unknown) {
    const held = side.shadow[group];
    if (held !== undefined) shadow[group] = held;
  }
  const isKept = ([group]: readonly [GroupName, unknown]) => group in record || unknown.includes(group);
  const seen = Object.keys(side.seen).every((group) => group in record)
    ? side.seen
    : Object.fromEntries(Object.entries(side.seen).filter(isKept));
  const read = { ...side, shadow, seen, stamps: { ...side.stamps, ...stamps }, ...(map !== undefined && { map }) };
  return withUnread(read, unknown);
}

/** Only the groups that had not been read before. */
function withGroups(side: SideState, { record, stamps }: SideOutcomeOf<"content-read">, only: readonly GroupName[]): SideState {
  const read = { ...side, shadow: { ...side.shadow, ...record }, stamps: { ...side.stamps, ...stamps } };
  return withUnread(
    read,
    (side.unread ?? []).filter((group) => !only.includes(group)),
  );
}

/** A group that is newly mapped, or mapped to other fields, was never read there: nothing that we knew of it holds. */
function withNewMap(side: SideState, { map, groups }: SideOutcomeOf<"map-changed">): SideState {
  const isKept = ([group]: readonly [GroupName, unknown]) => !groups.includes(group);
  const shadow = Object.fromEntries(Object.entries(side.shadow).filter(isKept));
  const seen = Object.fromEntries(Object.entries(side.seen).filter(isKept));
  return withUnread({ ...side, shadow, seen, map }, [...(side.unread ?? []), ...groups]);
}

function withUnread(side: SideState, groups: readonly GroupName[]): SideState {
  const { unread: _, ...read } = side;
  return groups.length === 0 ? (side.unread === undefined ? side : read) : { ...read, unread: [...new Set(groups)] };
}

/** The side at the revision of an observation; its content is read apart. */
export function movedSide(known: SideState, observation: Observation, now: Instant): SideState {
  const { revision, life, created, djangoId, lineage, tampered, answer } = observation;
  const { created: _, tampered: __, putBacks, ...kept } = known;
  const isTampered = tampered !== undefined && tampered.length > 0;
  const isPutBackKept = putBacks !== undefined && (isTampered || answer !== undefined);
  const stamp = { changedAt: Math.min(observation.changedAt, now), actor: observation.actor };
  return {
    ...kept,
    revision,
    life,
    djangoId,
    stamps: { ...kept.stamps, [LIFE]: stamp },
    ...(created !== undefined && { created }),
    ...(lineage !== undefined && { lineage }),
    ...(isTampered && { tampered }),
    ...(isPutBackKept && { putBacks }),
  };
}
