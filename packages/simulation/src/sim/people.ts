import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Intent } from "./case.ts";
import type { Paths } from "@member-sync/fakes/nested.ts";
import { GROUPS, KENNITALAS, keyOf, REFS, REFUSED_MARK, REWRITTEN_MARK, valueOf, type GroupName } from "./rules.ts";
import { forget } from "./forget.ts";
import { isRestoreUnread } from "./restores.ts";
import type { Backup } from "./disasters.ts";
import { heldText, type World } from "./world.ts";

/** What one installation's people have in their heads: names for new values, the last conflict looked at, a backup. */
export interface Minds {
  named: number;
  backup?: Backup;
}

/** The operator puts everything back on its way that can be read. */
export function replayAll(world: World): void {
  for (const { id, state, memberRef } of world.state.deadLetters.values())
    if (state === "open" && memberRef !== null) forget(world.reconciler.process.useCases.replay(id, "operator"));
}

/** A value that nobody has given yet. */
export function nameValue(minds: Minds, group: GroupName): GroupValue {
  return valueOf(group, String((minds.named += 1)));
}

export function replay(world: World): string {
  const open = [...world.state.deadLetters.values()].filter(({ state }) => state === "open");
  const letter = open.length === 0 ? undefined : world.schedule.pick(open);
  if (letter === undefined) return "no dead letter";
  forget(world.reconciler.process.useCases.replay(letter.id, "operator"));
  return "a dead letter is replayed";
}

export function edit(world: World, minds: Minds, { member, side, groups, how }: Extract<Intent, { kind: "edit" }>): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf(side, member) === "missing") return "nobody to edit";
  const set: Record<string, unknown> = {};
  for (const group of groups) {
    if (how === "noop") {
      life.touches += 1;
      // A field that a program took away is not an empty one.
      if (life.replacements > 0 && world.heldBy(side, member, group) === undefined) continue;
      Object.assign(set, pathsOf(group, otherSpelling(group, world.heldBy(side, member, group))));
      continue;
    }
    if (life.isFull(group) || (how === "clear" && !canClear(world, member, group))) continue;
    const mark =
      how === "refused" && side === "firestore" ? REFUSED_MARK : how === "rewritten" && side === "firestore" ? REWRITTEN_MARK : "";
    const value = how === "clear" ? null : valueOf(group, `${(minds.named += 1)}${mark}`);
    record(world, side, member, group, value);
    life.edit(side, group, value, { isUnseen: how === "unseen" });
    Object.assign(set, pathsOf(group, value));
  }
  if (Object.keys(set).length === 0) return "nothing to edit";
  if (how === "unseen") world.isLossy = true;
  write(world, side, member, set, how !== "unseen");
  return `${side} edits ${groups.join()} of ${member}, ${how}`;
}

function record(world: World, side: Side, member: number, group: GroupName, value: GroupValue): void {
  const at = world.records.length;
  const saw = world.heldBy(side, member, group) ?? null;
  world.records.push({ id: `${at}`, side, memberRef: REFS[member] ?? "", group, value, saw, at });
}

/**
 * A group is cleared once in its life, and only of a value that the hub knows to stand there or that we wrote: an empty
 * field that was filled and emptied before anybody looked is the same empty field.
 */
function canClear(world: World, member: number, group: GroupName): boolean {
  const hub = world.hubOf(member);
  // A restored side meets the hub for the first time: where it has nothing, the hub's value fills it.
  if (SIDES.some((side) => isRestoreUnread(world, side, member))) return false;
  const life = world.lives[member];
  const isKnownOf = (side: Side) => {
    const held = life?.find(group, world.heldBy(side, member, group));
    if (held === undefined || held.key === "") return false;
    return (held.by !== side && !held.isTwin) || keyOf(hub?.sides[side]?.shadow[group]) === held.key;
  };
  return (
    group !== "name" && (hub?.groups[group]?.value ?? null) !== null && SIDES.every(isKnownOf) && life?.find(group, null) === undefined
  );
}

/** Both sides are given the same value, neither knowing of the other. */
export function twin(world: World, minds: Minds, member: number, group: GroupName): string {
  const life = world.lives[member];
  if (life === undefined || life.isFull(group) || SIDES.some((side) => world.lifeOf(side, member) === "missing")) return "no twin";
  const value = valueOf(group, String((minds.named += 1)));
  for (const side of SIDES) {
    life.edit(side, group, value, { isTwin: true });
    write(world, side, member, pathsOf(group, value));
  }
  return `both sides give ${group} of ${member} the same value`;
}

/** What is created, by whom, and with which paths besides the groups. */
interface Creation {
  readonly member: number;
  readonly side: Side;
  readonly isBare: boolean;
  readonly extra: Paths;
}

export function create(world: World, minds: Minds, { member, side, isBare, extra }: Creation): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf(side, member) !== "missing" || GROUPS.some((group) => life.isFull(group)))
    return "nobody to create";
  const set: Record<string, unknown> = {};
  for (const group of isBare ? (["name"] as const) : GROUPS) {
    const value = valueOf(group, String((minds.named += 1)));
    record(world, side, member, group, value);
    life.edit(side, group, value, { isCreation: true });
    Object.assign(set, pathsOf(group, value));
  }
  life.creations += 1;
  write(world, side, member, { ...set, ...extra });
  return `${side} creates ${member}`;
}

export function remove(world: World, member: number, side: Side): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf(side, member) === "missing" || life.removals.length >= 28) return "nobody to remove";
  life.remove(side, true);
  const kennitala = KENNITALAS[member] ?? "";
  if (side === "django") world.django.remove(kennitala);
  else world.firestore.remove(kennitala);
  return `${side} removes ${member}`;
}

export function setActivity(world: World, member: number, isActive: boolean): string {
  const life = world.lives[member];
  const stands = world.lifeOf("django", member);
  if (life === undefined || stands !== (isActive ? "deleted" : "alive") || life.removals.length >= 28) return "no change of activity";
  if (isActive) life.reactivations += 1;
  else life.remove("django", false);
  world.django.save(KENNITALAS[member] ?? "", { "membership.status": isActive ? "active" : "inactive" });
  return `Django ${isActive ? "reactivates" : "deactivates"} ${member}`;
}

/** A member writes what members may not: it must change nothing anywhere else. */
export function steer(world: World, member: number): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf("firestore", member) === "missing") return "nobody to steer";
  life.touches += 1;
  world.firestore.patch(KENNITALAS[member] ?? "", { "membership.level": `gold ${life.touches}` });
  return `the portal steers ${member}`;
}

export function look(world: World, at: number): string {
  const open = [...world.state.conflicts.values()].filter(({ state }) => state === "open");
  const conflict = open[at % Math.max(1, open.length)];
  const hub = conflict === undefined ? undefined : world.state.hubs.get(conflict.memberRef)?.hub;
  if (conflict === undefined || hub === undefined) return "no conflict to look at";
  world.views.push({ conflictId: conflict.id, group: conflict.group, expected: conflict.expected, held: heldText(hub, conflict.group) });
  return `a person looks at ${conflict.group}`;
}

export function decide(world: World, minds: Minds, { choice, isTwice }: Extract<Intent, { kind: "decide" }>): string {
  const view = world.views.at(-1);
  if (view === undefined) return "nothing to decide";
  const group = GROUPS.find((name) => name === view.group);
  const custom =
    group === undefined
      ? ({ choice: "custom", value: "alive" } as const)
      : ({ choice: "custom", value: valueOf(group, `${(minds.named += 1)}`) } as const);
  const request = { ...(choice === "custom" ? custom : { choice }), expected: view.expected };
  const { useCases } = world.reconciler.process;
  forget(useCases.decide(view.conflictId, request, "admin"));
  if (isTwice) forget(useCases.decide(view.conflictId, { choice: "django", expected: view.expected }, "other admin"));
  return `a person decides ${view.group} for ${choice}`;
}

export function write(world: World, side: Side, member: number, set: Paths, isCaptured = true): void {
  const kennitala = KENNITALAS[member] ?? "";
  if (side === "django") world.django.save(kennitala, set, isCaptured);
  else world.firestore.patch(kennitala, set);
}

/** The dotted paths that a group's value stands in. */
export function pathsOf(group: GroupName, value: unknown): Paths {
  if (group !== "address") return { [`profile.${group}`]: value };
  const parts: { readonly street?: unknown; readonly city?: unknown } = typeof value === "object" && value !== null ? value : {};
  return { "address.street": parts.street ?? null, "address.city": parts.city ?? null };
}

/** The same e-mail in other letters is the same value; anything else is written as it stands. */
function otherSpelling(group: GroupName, value: unknown): unknown {
  if (group !== "email" || typeof value !== "string") return value ?? null;
  return value === value.toUpperCase() ? keyOf(value) : value.toUpperCase();
}
