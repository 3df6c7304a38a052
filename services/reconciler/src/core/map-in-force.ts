import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { evolve } from "./evolve.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { close } from "./park.ts";
import type { MapInForce, Policy } from "./policy.ts";

/** The id of no map: a group that was last mapped by it is new to every map. */
const NO_MAP = "";

/**
 * The hub under the field map in force. Sides that were read with another map must be read with the newly mapped groups;
 * groups that the map does not have are retired. Alone, this does not make a plan that is `changed`.
 */
export function underMapInForce(hub: Hub, { fieldMap }: Pick<Policy, "fieldMap">): Hub {
  if (fieldMap === undefined) return hub;
  const before = mapBefore(hub, fieldMap);
  const isKnown = before === undefined && hub.retired === undefined;
  const changes = SIDES.flatMap((side): readonly Outcome[] => {
    const state = hub.sides[side];
    if (state === undefined || state.map === fieldMap.id || (isKnown && state.map === undefined)) return [];
    return [{ kind: "map-changed", side, map: fieldMap.id, ...toRead(hub, fieldMap, state.map) }];
  });
  const retired = retiredUnder(hub, fieldMap, before ?? NO_MAP);
  const isSame = Object.keys(retired).join() === Object.keys(hub.retired ?? {}).join();
  const outcomes: readonly Outcome[] = isSame ? changes : [...changes, { kind: "groups-retired", retired }];
  return outcomes.length === 0 ? hub : evolve(hub, outcomes);
}

/** Another map that the sides were last read with. */
function mapBefore({ sides }: Hub, { id }: MapInForce): string | undefined {
  return SIDES.map((side) => sides[side]?.map).find((map) => map !== undefined && map !== id);
}

/** What a side that was read with `map` must be read with: `groups` as if for the first time, `again` as known before. */
function toRead({ retired = {} }: Hub, fieldMap: MapInForce, map: string | undefined) {
  // What is known of a retired group was read with the last map that had it, not with `map`.
  const isNew = (group: GroupName) => fieldMap.newSince(retired[group] ?? map).includes(group);
  const again = Object.keys(retired).filter((group) => fieldMap.maps(group) && !isNew(group));
  return { groups: fieldMap.newSince(map).filter(isNew), again };
}

/** All groups of the hub that the field map does not have, each with the id of the last map that had it. */
function retiredUnder({ groups, retired = {} }: Hub, fieldMap: MapInForce, before: string): NonNullable<Hub["retired"]> {
  const unmapped = Object.keys(groups).filter((group) => !fieldMap.maps(group));
  return Object.fromEntries(unmapped.map((group) => [group, retired[group] ?? before]));
}

/**
 * The observation as far as the field map in force goes: all other groups count as unknown, so that a record shows neither
 * an edit nor a clear nor a loss of them.
 */
export function asMapped(hub: Hub, observation: Observation, { fieldMap }: Pick<Policy, "fieldMap">): Observation {
  const { record } = observation;
  const isUnmapped = (group: GroupName) => fieldMap?.maps(group) === false && hub.retired?.[group] === undefined;
  const unmapped = [...Object.keys(hub.retired ?? {}), ...Object.keys(record).filter(isUnmapped)];
  return unmapped.length === 0 ? observation : { ...observation, unknown: [...(observation.unknown ?? []), ...unmapped] };
}

/**
 * Ends the open conflicts of retired groups: nobody can be shown their values, and no decision could be carried out. If such
 * a group is mapped again, both sides are read as if for the first time, so that a difference is asked about anew.
 */
export function closeRetired(hub: Hub): readonly Outcome[] {
  const contested = Object.keys(hub.retired ?? {}).filter((group) => hub.groups[group]?.parked !== undefined);
  if (contested.length === 0) return [];
  const forgotten = Object.fromEntries(contested.map((group) => [group, NO_MAP]));
  return [
    ...contested.flatMap((group) => close(hub, group, "superseded")),
    { kind: "groups-retired", retired: { ...hub.retired, ...forgotten } },
  ];
}
