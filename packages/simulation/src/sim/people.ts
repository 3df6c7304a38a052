import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { Intent } from "./case.ts";
import type { Paths } from "@member-sync/fakes/nested.ts";
import { GROUPS, KENNITALAS, keyOf, REFS, REFUSED_MARK, REWRITTEN_MARK, valueOf, type GroupName } from "./rules.ts";
import { backUp, restoreFirestore, restoreHub, type Backup } from "./disasters.ts";
import { heldText, type World } from "./world.ts";

const HOUR = 3_600_000;

/** What one installation's people have in their heads: names for new values, the last conflict looked at, a backup. */
export interface Minds {
  named: number;
  backup?: Backup;
}

/** Carries out what somebody means to do, if it can be done now; tells what was done. */
export function act(world: World, minds: Minds, intent: Intent): string {
  switch (intent.kind) {
    case "edit":
      return edit(world, minds, intent);
    case "twin":
      return twin(world, minds, intent.member, intent.group);
    case "bulk":
      return world.lives
        .map((_, member) => edit(world, minds, { kind: "edit", member, side: intent.side, groups: [intent.group], how: "plain" }))
        .join();
    case "create":
      return create(world, minds, intent.member, intent.side, intent.isBare);
    case "remove":
      return remove(world, intent.member, intent.side);
    case "activity":
      return setActivity(world, intent.member, intent.isActive);
    case "steer":
      return steer(world, intent.member);
    case "look":
      return look(world, intent.at);
    case "decide":
      return decide(world, minds, intent);
    case "control":
      forget(world.reconciler.process.useCases.control({ paused: intent.paused, direction: intent.direction, reason: "simulated" }));
      return `control ${intent.paused ? "paused" : intent.direction}`;
    case "wait":
      world.stage.pass(intent.hours * HOUR);
      return `${intent.hours} hours pass`;
    case "flush":
      forget(world.reconciler.process.useCases.flush());
      return "flush";
    case "replay":
      return replay(world);
    case "poison":
      world.bus.put(world.schedule.pick(["member-changes-django", "member-apply-firestore", "member-apply-django"] as const), [
        {
          data: world.schedule.pick([
            "{",
            '{"schema":"member-change.v99"}',
            '{"schema":"member-apply.v1","envelopeId":"x","side":"django","items":[{}]}',
          ]),
          attributes: {},
        },
      ]);
      return "a message that nobody can read";
    case "policy":
      world.policy = intent.policy;
      world.restart("reconciler");
      return `policy ${intent.policy.kind}`;
    case "rest":
      return "nobody does anything";
    case "backup":
      minds.backup = backUp(world);
      return "a backup is made";
    case "restore-firestore":
      return minds.backup === undefined ? "no backup" : restoreFirestore(world, minds.backup);
    case "restore-hub":
      return minds.backup === undefined ? "no backup" : restoreHub(world, minds.backup);
  }
}

/** The operator puts everything back on its way that can be read. */
export function replayAll(world: World): void {
  for (const { id, state, memberRef } of world.state.deadLetters.values())
    if (state === "open" && memberRef !== null) forget(world.reconciler.process.useCases.replay(id, "operator"));
}

/** Calls whose trouble is told to the person who made them, and to nobody else. */
export function forget(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof SyncError) || error.disposition === "fatal") throw error;
  });
}

function replay(world: World): string {
  const open = [...world.state.deadLetters.values()].filter(({ state }) => state === "open");
  const letter = open.length === 0 ? undefined : world.schedule.pick(open);
  if (letter === undefined) return "no dead letter";
  forget(world.reconciler.process.useCases.replay(letter.id, "operator"));
  return "a dead letter is replayed";
}

function edit(world: World, minds: Minds, { member, side, groups, how }: Extract<Intent, { kind: "edit" }>): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf(side, member) === "missing") return "nobody to edit";
  const set: Record<string, unknown> = {};
  for (const group of groups) {
    if (how === "noop") {
      life.touches += 1;
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
function twin(world: World, minds: Minds, member: number, group: GroupName): string {
  const life = world.lives[member];
  if (life === undefined || life.isFull(group) || SIDES.some((side) => world.lifeOf(side, member) === "missing")) return "no twin";
  const value = valueOf(group, String((minds.named += 1)));
  for (const side of SIDES) {
    life.edit(side, group, value, { isTwin: true });
    write(world, side, member, pathsOf(group, value));
  }
  return `both sides give ${group} of ${member} the same value`;
}

function create(world: World, minds: Minds, member: number, side: Side, isBare: boolean): string {
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
  write(world, side, member, set);
  return `${side} creates ${member}`;
}

function remove(world: World, member: number, side: Side): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf(side, member) === "missing" || life.removals.length >= 28) return "nobody to remove";
  life.remove(side, true);
  const kennitala = KENNITALAS[member] ?? "";
  if (side === "django") world.django.remove(kennitala);
  else world.firestore.remove(kennitala);
  return `${side} removes ${member}`;
}

function setActivity(world: World, member: number, isActive: boolean): string {
  const life = world.lives[member];
  const stands = world.lifeOf("django", member);
  if (life === undefined || stands !== (isActive ? "deleted" : "alive") || life.removals.length >= 28) return "no change of activity";
  if (isActive) life.reactivations += 1;
  else life.remove("django", false);
  world.django.save(KENNITALAS[member] ?? "", { "membership.status": isActive ? "active" : "inactive" });
  return `Django ${isActive ? "reactivates" : "deactivates"} ${member}`;
}

/** A member writes what members may not: it must change nothing anywhere else. */
function steer(world: World, member: number): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf("firestore", member) === "missing") return "nobody to steer";
  life.touches += 1;
  world.firestore.patch(KENNITALAS[member] ?? "", { "membership.level": `gold ${life.touches}` });
  return `the portal steers ${member}`;
}

function look(world: World, at: number): string {
  const open = [...world.state.conflicts.values()].filter(({ state }) => state === "open");
  const conflict = open[at % Math.max(1, open.length)];
  const hub = conflict === undefined ? undefined : world.state.hubs.get(conflict.memberRef)?.hub;
  if (conflict === undefined || hub === undefined) return "no conflict to look at";
  world.views.push({ conflictId: conflict.id, group: conflict.group, expected: conflict.expected, held: heldText(hub, conflict.group) });
  return `a person looks at ${conflict.group}`;
}

function decide(world: World, minds: Minds, { choice, isTwice }: Extract<Intent, { kind: "decide" }>): string {
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

function write(world: World, side: Side, member: number, set: Paths, isCaptured = true): void {
  const kennitala = KENNITALAS[member] ?? "";
  if (side === "django") world.django.save(kennitala, set, isCaptured);
  else world.firestore.patch(kennitala, set);
}

/** The dotted paths that a group's value stands in. */
function pathsOf(group: GroupName, value: unknown): Paths {
  if (group !== "address") return { [`profile.${group}`]: value };
  const parts: { readonly street?: unknown; readonly city?: unknown } = typeof value === "object" && value !== null ? value : {};
  return { "address.street": parts.street ?? null, "address.city": parts.city ?? null };
}

/** The same e-mail in other letters is the same value; anything else is written as it stands. */
function otherSpelling(group: GroupName, value: unknown): unknown {
  if (group !== "email" || typeof value !== "string") return value ?? null;
  return value === value.toUpperCase() ? keyOf(value) : value.toUpperCase();
}
