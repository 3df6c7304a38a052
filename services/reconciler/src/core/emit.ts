import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { dueOn } from "./due.ts";
import type { Hub, InFlight, SideState } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { instantText } from "./instant-text.ts";
import { isOpen, type Policy } from "./policy.ts";
import { heldBy, isRetired, isUnread, registerOf, seenBy } from "./read-hub.ts";

export type Sent = Extract<Outcome, { readonly kind: "sent" }>;

/**
 * For each side: everything that the hub knows and the side has not seen, in one command, unless one is already in
 * flight there. What must wait waits in the hub and goes when that one is answered or the direction opens.
 */
export function emit(hub: Hub, policy: Policy): readonly Sent[] {
  const sent: Sent[] = [];
  for (const side of SIDES) {
    const inFlight = isOpen(policy, side) && hub.out[side] === undefined ? commandFor(hub, side) : undefined;
    if (inFlight !== undefined) sent.push({ kind: "sent", side, inFlight });
  }
  return sent;
}

/** The command that an entry of the hub's in-flight list stands for; re-published with the same write id if need be. */
export function commandOf(hub: Pick<Hub, "memberRef" | "kennitala" | "sides">, side: Side, inFlight: InFlight): ApplyCommand {
  const lineage = hub.sides[side]?.lineage;
  return {
    writeId: inFlight.writeId,
    side,
    memberRef: hub.memberRef,
    kennitala: hub.kennitala,
    djangoId: inFlight.djangoId,
    expectRevision: inFlight.expectRevision,
    groups: { ...inFlight.groups },
    emittedAt: inFlight.emittedAt,
    ...(inFlight.tombstone && { tombstone: inFlight.tombstone }),
    ...(inFlight.life && { life: inFlight.life.state }),
    ...(lineage !== undefined && { lineage }),
  };
}

function commandFor(hub: Hub, name: Side): InFlight | undefined {
  const due = dueOn(hub, name);
  switch (due.kind) {
    case "nothing":
      return undefined;
    case "create": {
      const create = inFlight(hub, name, { expectRevision: null, groups: createdWith(hub, name), life: "alive" });
      return due.tombstone === undefined ? create : { ...create, tombstone: due.tombstone };
    }
    case "delete":
      return inFlight(hub, name, { expectRevision: due.at, groups: {}, life: "deleted" });
    case "update":
      return inFlight(hub, name, { expectRevision: due.at, groups: valuesOf(hub, name, due.groups), life: due.life });
  }
}

/** All groups, except parked and retired ones, those without a value, and those never read on that side. */
function createdWith(hub: Hub, name: Side): MemberRecord {
  const side = hub.sides[name];
  const groups: Record<GroupName, GroupValue> = {};
  for (const group of Object.keys(hub.groups)) {
    const { parked, value } = registerOf(hub, group);
    const isWithheld = parked !== undefined || isRetired(hub, group) || (side !== undefined && isUnread(side, group));
    if (value !== null && !isWithheld) groups[group] = value;
  }
  return groups;
}

function valuesOf(hub: Hub, name: Side, groups: readonly GroupName[]): MemberRecord {
  const side = hub.sides[name];
  const values: Record<GroupName, GroupValue> = {};
  for (const group of groups) values[group] = isWrittenBack(hub, side, group) ? heldBy(side, group) : registerOf(hub, group).value;
  return values;
}

/** A group in conflict is only ever written where it was lost with the document: with the side's own value. */
function isWrittenBack(hub: Hub, side: SideState | undefined, group: GroupName): side is SideState {
  return side?.missing?.includes(group) === true && registerOf(hub, group).parked !== undefined;
}

interface Content {
  readonly expectRevision: string | null;
  readonly groups: MemberRecord;
  readonly life?: "alive" | "deleted" | undefined;
}

function inFlight(hub: Hub, name: Side, { expectRevision, groups, life }: Content): InFlight {
  const vers: Record<GroupName, number> = {};
  const side = hub.sides[name];
  for (const group of Object.keys(groups)) {
    vers[group] = isWrittenBack(hub, side, group) ? seenBy(side, group) : registerOf(hub, group).ver;
  }
  return {
    writeId: writeIdOf(hub, name),
    expectRevision,
    groups,
    vers,
    djangoId: hub.djangoId,
    emittedAt: hub.plannedAt,
    ...(life && { life: { state: life, ver: hub.life.ver } }),
  };
}

/** Unique without randomness: one per member, side and rev; the time keeps apart two histories of a restored hub. */
function writeIdOf({ memberRef, rev, plannedAt }: Hub, name: Side): string {
  return `${memberRef}.${name.slice(0, 1)}${rev}.${instantText(plannedAt)}`;
}
