import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { isSame, registerOf, seenBy, type Draft, type SideDraft } from "./draft.ts";
import type { Hub, InFlight } from "./hub.ts";
import { isOpen } from "./policy.ts";

/**
 * For each side: everything that the hub knows and the side has not seen, in one command, unless one is already in
 * flight there. What must wait waits in the hub and goes when that one is answered or the direction opens.
 */
export function emit(draft: Draft): readonly ApplyCommand[] {
  markSeen(draft);
  const commands: ApplyCommand[] = [];
  for (const name of SIDES) {
    const inFlight = commandFor(draft, name);
    if (inFlight === undefined) continue;
    draft.out[name] = inFlight;
    draft.changed = true;
    commands.push(commandOf(draft, name, inFlight));
  }
  return commands;
}

/** The command that an entry of the hub's in-flight list stands for; sent again with the same write id if need be. */
export function commandOf(hub: Pick<Hub, "memberRef" | "kennitala">, side: Side, inFlight: InFlight): ApplyCommand {
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
  };
}

function commandFor(draft: Draft, name: Side): InFlight | undefined {
  const side = draft.sides[name];
  if (draft.out[name] !== undefined || !isOpen(draft.policy, name)) return undefined;
  if (side === undefined || side.life === "missing") return createCommand(draft, name);
  const groups = dueGroups(draft, side);

  const isLifeDue = draft.life.parked === undefined && side.seenLife < draft.life.ver;
  const isAlive = side.life === "alive";
  if (isLifeDue && isAlive === (draft.life.state === "alive")) side.seenLife = draft.life.ver;
  else if (isLifeDue && isAlive) return inFlight(draft, name, side.revision, {}, "deleted");
  else if (isLifeDue) return inFlight(draft, name, side.revision, groups, "alive");

  const isLinkDue = name === "firestore" && draft.djangoId !== null && side.djangoId !== draft.djangoId;
  if (Object.keys(groups).length === 0 && !isLinkDue) return undefined;
  return inFlight(draft, name, side.revision, groups);
}

/** "Create, if you have none": the whole member, except what waits for a person. */
function createCommand(draft: Draft, name: Side): InFlight | undefined {
  if (draft.life.state !== "alive" || draft.life.parked !== undefined || draft.life.ver === 0) return undefined;
  const groups: Record<string, MemberRecord[string]> = {};
  for (const [group, register] of Object.entries(draft.groups)) {
    if (register.parked === undefined && register.value !== null) groups[group] = register.value;
  }
  const tombstone = draft.sides[name]?.revision;
  return { ...inFlight(draft, name, null, groups, "alive"), ...(tombstone && { tombstone }) };
}

function dueGroups(draft: Draft, side: SideDraft): MemberRecord {
  const groups: Record<string, MemberRecord[string]> = {};
  for (const group of Object.keys(draft.groups)) {
    const register = registerOf(draft, group);
    if (register.parked === undefined && register.ver > seenBy(side, group)) groups[group] = register.value;
  }
  return groups;
}

/** P4: a side that holds the hub's very value has seen it, whoever gave it; an edit made there later is newer. */
export function markSeen(draft: Draft): void {
  for (const name of SIDES) {
    const side = draft.sides[name];
    if (side === undefined || side.life === "missing") continue;
    for (const group of Object.keys(draft.groups)) {
      const register = registerOf(draft, group);
      if (register.parked !== undefined || register.ver <= seenBy(side, group)) continue;
      if (!isSame(draft, group, register.value, side.shadow[group])) continue;
      side.seen[group] = register.ver;
      draft.changed = true;
    }
  }
}

function inFlight(draft: Draft, name: Side, expectRevision: string | null, groups: MemberRecord, life?: "alive" | "deleted"): InFlight {
  const vers: Record<string, number> = {};
  for (const group of Object.keys(groups)) vers[group] = registerOf(draft, group).ver;
  return {
    writeId: writeIdOf(draft, name),
    expectRevision,
    groups,
    vers,
    djangoId: draft.djangoId,
    emittedAt: draft.now,
    ...(life && { life: { state: life, ver: draft.life.ver } }),
  };
}

/** Unique without randomness: one per member, side and rev; the time keeps apart two histories of a restored hub. */
function writeIdOf(draft: Draft, name: Side): string {
  return `${draft.memberRef}.${name.slice(0, 1)}${draft.rev}.${draft.now.toString(36)}`;
}
