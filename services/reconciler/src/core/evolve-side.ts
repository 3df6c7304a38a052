import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { ContentStamp, Hub, SideState } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { heldBy, registerOf } from "./read-hub.ts";

/** How many revisions are remembered as noted. The notes of an older duplicate are recorded a second time, which is harmless. */
const MAX_HEARD = 16;

/** Put-backs count as "in a row" until a side was left alone for this long. */
const PUT_BACKS_KEPT_MS = 86_400_000;

const NONE: readonly GroupName[] = [];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Outcomes that change one side of the hub. */
export type SideOutcome = Extract<
  Outcome,
  {
    readonly kind: "landed" | "content-read" | "content-gone" | "life-seen" | "withheld" | "notes-heard" | "map-changed";
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
      return outcome.only === undefined ? withContent(side, outcome, hub) : withGroups(side, outcome, outcome.only);
    case "content-gone":
      return emptied(side);
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

/** Nothing is there any more, so nothing is unread or missing there. */
function emptied(side: SideState): SideState {
  const { unread: _, missing: __, ...standing } = side;
  return { ...standing, shadow: {}, seen: {} };
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
  const landed: Mutable<SideState> = { ...side, shadow, seen, stamps, ...(life && { life: life.state, seenLife: life.ver }) };
  if (side.missing !== undefined) landed.missing = side.missing.filter((group) => !written.includes(group));
  return landed;
}

/**
 * The whole content as read. A group that the side held and no longer carries was not cleared (that would be null): ours
 * is kept, and sent there again. Of a group that its reader could not know, or that was lost with a replaced document, we
 * keep what we knew.
 */
function withContent(side: SideState, { observation, record, stamps, map }: SideOutcomeOf<"content-read">, hub: Hub): SideState {
  const unknown = observation.unknown ?? NONE;
  const missing = missingOf(side, observation, hub);
  const isKept = (group: GroupName) => group in record || unknown.includes(group) || missing.includes(group);
  const isWhole = unknown.length === 0 && missing.length === 0;
  const shadow = isWhole ? record : kept({ ...side.shadow, ...record }, isKept);
  const read: Mutable<SideState> = { ...side, shadow };
  if (!isEvery(side.seen, isKept)) read.seen = kept(side.seen, isKept);
  if (!isEmpty(stamps)) read.stamps = { ...side.stamps, ...stamps };
  if (map !== undefined) read.map = map;
  if (missing.length > 0) read.missing = missing;
  else if (side.missing !== undefined) delete read.missing;
  return withUnread(read, unknown);
}

/**
 * The groups that a program lost with the document and that no write of ours has brought back. An observation that leaves
 * a held group out, without saying that it was cleared, shows a loss as well. A group that the reader does not map counts
 * as lost where a path that only we write is gone: nobody can tell whether the group vanished with it.
 */
function missingOf(side: SideState, observation: Observation, hub: Hub): readonly GroupName[] {
  const { record, replaced = NONE, unknown = NONE } = observation;
  const isLinkLost = hub.djangoId !== null && side.djangoId === null;
  const isTraceLost = replaced.length > 0 || side.tampered !== undefined || isLinkLost;
  const isLost = (group: GroupName) => heldBy(side, group) !== null && (isTraceLost || !unknown.includes(group));
  const isAbsent = (group: GroupName) => !(group in record) && !replaced.includes(group);
  const before = side.missing ?? NONE;
  const lost = Object.keys(side.shadow).filter((group) => isAbsent(group) && !before.includes(group) && isLost(group));
  return [...replaced, ...before.filter(isAbsent), ...lost];
}

function isEvery(record: Readonly<Record<GroupName, unknown>>, is: (group: GroupName) => boolean): boolean {
  for (const group in record) if (!is(group)) return false;
  return true;
}

function isEmpty(record: Readonly<Record<GroupName, unknown>>): boolean {
  for (const _ in record) return false;
  return true;
}

function kept<T>(record: Readonly<Record<GroupName, T>>, isKept: (group: GroupName) => boolean): Readonly<Record<GroupName, T>> {
  return Object.fromEntries(Object.entries(record).filter(([group]) => isKept(group)));
}

/** Only the groups that had not been read before. */
function withGroups(side: SideState, { record, stamps }: SideOutcomeOf<"content-read">, only: readonly GroupName[]): SideState {
  const read: Mutable<SideState> = { ...side, shadow: { ...side.shadow, ...record }, stamps: { ...side.stamps, ...stamps } };
  if (side.missing !== undefined) read.missing = side.missing.filter((group) => !(group in record));
  return withUnread(
    read,
    (side.unread ?? []).filter((group) => !only.includes(group)),
  );
}

/**
 * The side under another field map. Of `groups`, newly mapped or mapped to other fields, shadow and seen version are dropped;
 * of groups mapped `again` to the same fields they are kept. Both are unread until the side is read with the new map.
 */
function withNewMap(side: SideState, { map, groups, again }: SideOutcomeOf<"map-changed">): SideState {
  if (side.life === "missing") return { ...side, map };
  const isKept = (group: GroupName) => !groups.includes(group);
  return withUnread({ ...side, shadow: kept(side.shadow, isKept), seen: kept(side.seen, isKept), map }, [
    ...(side.unread ?? []),
    ...groups,
    ...again,
  ]);
}

function withUnread(side: SideState, groups: readonly GroupName[]): SideState {
  if (groups.length > 0) return { ...side, unread: [...new Set(groups)] };
  if (side.unread === undefined) return side;
  const { unread: _, ...read } = side;
  return read;
}

/** The side at the revision of an observation; its content is read apart. */
export function movedSide(known: SideState, observation: Observation, hub: Hub): SideState {
  const { revision, life, created, djangoId, tampered, answer, lineage, actor } = observation;
  const changedAt = Math.min(observation.changedAt, hub.plannedAt);
  const isOwnWrite = answer !== undefined || observation.writeId === hub.out[observation.side]?.writeId;
  const side: Mutable<SideState> = { ...known, revision, life, djangoId, lifeStamp: { changedAt, actor } };
  if (created !== undefined) side.created = created;
  else if (known.created !== undefined) delete side.created;
  if (lineage !== undefined) side.lineage = lineage;
  if (observation.writeId !== null) side.mark = observation.writeId;
  const isTampered = tampered !== undefined && tampered.length > 0;
  if (isTampered) side.tampered = tampered;
  else if (known.tampered !== undefined) delete side.tampered;
  const isOthersWork = !isTampered && observation.replaced === undefined && !isOwnWrite;
  const isAfterRest = changedAt - (known.lifeStamp?.changedAt ?? changedAt) > PUT_BACKS_KEPT_MS;
  if (known.putBacks !== undefined && (isOthersWork || isAfterRest)) delete side.putBacks;
  return side;
}
