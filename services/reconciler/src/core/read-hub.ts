import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { GroupRegister, Hub, SideState, Version } from "./hub.ts";

/** A group that nobody ever gave a value. */
const VOID: GroupRegister = { value: null, ver: 0, side: "hub", actor: null, changedAt: 0 };

export function registerOf(hub: Hub, group: GroupName): GroupRegister {
  return hub.groups[group] ?? VOID;
}

/** The hub as it is once the group's open conflict has closed. */
export function withoutMark(hub: Hub, group: GroupName): Hub {
  const { parked: _, ...flowing } = registerOf(hub, group);
  return { ...hub, groups: { ...hub.groups, [group]: flowing } };
}

/** The hub version that a side's content of a group reflects. */
export function seenBy(side: Pick<SideState, "seen">, group: GroupName): Version {
  return side.seen[group] ?? 0;
}

/** What a side holds of a group; `null` where it holds nothing. */
export function heldBy(side: Pick<SideState, "shadow"> | undefined, group: GroupName): GroupValue {
  return side?.shadow[group] ?? null;
}

/** Whether the side may hold a value of the group that we have not read. */
export function isUnread(side: Pick<SideState, "unread">, group: GroupName): boolean {
  return side.unread?.includes(group) ?? false;
}

/** Whether the field map in force does not map the group, and an earlier one did. */
export function isRetired({ retired }: Pick<Hub, "retired">, group: GroupName): boolean {
  return retired?.[group] !== undefined;
}

/** Groups of which this observation is the first reading since they were mapped, or since a program could not read them. */
export function newlyRead(side: SideState, { unknown }: Pick<Observation, "unknown">): readonly GroupName[] {
  return (side.unread ?? []).filter((group) => unknown?.includes(group) !== true);
}

/** Whether any group has an open conflict. */
export function isAnythingParked({ groups }: Hub): boolean {
  for (const group in groups) if (groups[group]?.parked !== undefined) return true;
  return false;
}

/** Whether a side seems to have been restored from a backup, and no operator has confirmed it yet. */
export function isSuspended(hub: Hub, side: Side): boolean {
  return hub.waiting[side]?.suspended ?? false;
}

/** Whether side and hub agree on the life; inactive and removed both count as deleted. */
export function agreesOnLife(hub: Hub, side: SideState): boolean {
  return (side.life === "alive") === (hub.life.state === "alive");
}
