import type { Biography } from "./biography.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { create, nameValue, pathsOf, remove, write, type Minds } from "./people.ts";
import type { Forbidden, Forgery, Trial } from "./trials.ts";
import { GROUPS, KENNITALAS, type GroupName } from "./rules.ts";
import type { World } from "./world.ts";

type Of<Kind extends Trial["kind"]> = Extract<Trial, { readonly kind: Kind }>;

const MARK = ["metadata.sync.write_id", "metadata.sync.revision", "metadata.sync.sig", "metadata.sync.refused"] as const;
const YEAR_275760 = 8_640_000_000_000_000;
const DAY_MS = 86_400_000;

/** A client writes its own document with a mark of the sync in it that the client made up or copied. */
export function forge(world: World, minds: Minds, { member, how, group }: Of<"forge">): string {
  const life = world.lives[member];
  if (life === undefined || world.lifeOf("firestore", member) === "missing") return "nobody to forge";
  const mark = forgedMark(world, member, how);
  const given = group === null ? {} : newValue(world, minds, member, group);
  life.touches += 1;
  for (const each of GROUPS) life.blur(each);
  if (how === "old") notePutBack(world, member, mark[MARK[0]]);
  write(world, "firestore", member, { ...given, ...mark });
  return `the portal forges the mark of ${member} (${how}), with ${group ?? "nothing else"}`;
}

/** Only the hub tells that a mark is old: while it has not heard of our last write, nobody can. */
function notePutBack(world: World, member: number, writeId: unknown): void {
  const kennitala = KENNITALAS[member] ?? "";
  const last = world.pathsOf("firestore", member)?.[MARK[0]];
  if (writeId === last) return void world.waitForOldMark.push(member);
  const isKnown = last !== undefined && world.hubOf(member)?.sides.firestore?.mark === last;
  if (isKnown) world.marksPutBack.set(kennitala, { writeId, created: world.firestore.fake.get(kennitala)?.created });
}

/** Who found no old mark while people were at work puts one back now. */
export function forgeLate(world: World, minds: Minds): void {
  for (const member of world.waitForOldMark.splice(0)) forge(world, minds, { kind: "forge", member, how: "old", group: null });
}

function forgedMark(world: World, member: number, how: Forgery): Record<string, unknown> {
  const kennitala = KENNITALAS[member] ?? "";
  const revision = world.firestore.fake.get(kennitala)?.revision ?? null;
  const inFlight = world.hubOf(member)?.out.firestore;
  const paths = world.pathsOf("firestore", member) ?? {};
  switch (how) {
    case "made-up":
      return { [MARK[0]]: `made-up-${world.stage.now}`, [MARK[1]]: revision, [MARK[2]]: "x".repeat(43) };
    case "in-flight":
      return { [MARK[0]]: inFlight?.writeId ?? "w", [MARK[1]]: revision, [MARK[2]]: paths[MARK[2]] ?? null };
    case "old":
      return world.oldMarks.get(kennitala) ?? markIn(paths);
    case "of-another":
      return markIn(world.pathsOf("firestore", (member + 1) % world.lives.length) ?? {});
  }
}

function markIn(paths: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(MARK.flatMap((path) => (paths[path] === undefined ? [] : [[path, paths[path]]])));
}

/** A program that does not know our fields writes the whole document, or the whole profile, with what it knows. */
export function replace(world: World, minds: Minds, { member, what, group }: Of<"replace">): string {
  const life = world.lives[member];
  const isOurs = world.markOf(member) === "valid" && hasKennitala(world, member);
  // Nobody can tell a replacement from a clearing where we never wrote.
  if (life === undefined || world.lifeOf("firestore", member) !== "alive" || !isOurs) return "nobody to replace";
  const carried = what === "profile" && group === "address" ? null : group;
  const given = carried === null ? {} : newValue(world, minds, member, carried);
  life.touches += 1;
  life.replacements += 1;
  for (const each of GROUPS) if (what === "document" || each !== "address") life.blur(each);
  if (what === "document") forgiveUnmapped(world, member, life);
  world.firestore.replace(KENNITALAS[member] ?? "", given, what);
  return `a program replaces the ${what} of ${member}, with ${carried ?? "nothing"} in it`;
}

/** The document may have held an address that no service had mapped: it vanished before the sync could hear of it. */
function forgiveUnmapped(world: World, member: number, life: Biography): void {
  if (!world.isMapChanged) return;
  const edit = life.find("address", world.heldBy("firestore", member, "address"));
  if (edit !== undefined && !life.isHeard(edit)) edit.isUnseen = true;
}

function hasKennitala(world: World, member: number): boolean {
  return (world.pathsOf("firestore", member)?.["profile.kennitala"] ?? null) !== null;
}

/** A member deletes their own document and makes another, with the marks of the first one if they kept them. */
export function recreate(world: World, minds: Minds, { member, withMark }: Of<"recreate">): string {
  const mark = markIn(world.pathsOf("firestore", member) ?? {});
  const removed = remove(world, member, "firestore");
  const created = create(world, minds, { member, side: "firestore", isBare: false, extra: withMark ? mark : {} });
  return `${removed}, ${created}${withMark ? " with the old mark" : ""}`;
}

/** A member writes a path that members may not, in a document of ours: it is put back, and nothing else changes by it. */
export function writeForbidden(world: World, { member, what }: Of<"forbidden">): string {
  const life = world.lives[member];
  const standing = world.lifeOf("firestore", member);
  const isOurs = world.markOf(member) === "valid" && world.pathsOf("firestore", member)?.["membership.status"] === "active";
  // With both status and date of a removal in it, a document says that the member removed it; that is another step.
  if (life === undefined || standing === "missing" || (!isOurs && what !== "not-deleted")) return "nobody to write";
  if (standing === "deleted" && what !== "not-deleted") return "nobody to write";
  life.touches += 1;
  write(world, "firestore", member, forbiddenPaths(world, what));
  return `the portal writes ${what} of ${member}`;
}

function forbiddenPaths(world: World, what: Forbidden): Record<string, unknown> {
  switch (what) {
    case "status":
      return { "membership.status": world.schedule.pick(["inactive", "active", "gold"] as const) };
    case "kennitala":
      return { "profile.kennitala": world.schedule.pick(KENNITALAS) };
    case "deleted_at":
      return { "metadata.deleted_at": new Date(world.stage.now) };
    case "not-deleted":
      return { "metadata.deleted_at": null };
  }
}

/** An edit with a stamp of the far future; a crafted one is a copy of a message, the others come from a clock that went mad. */
export function stampFarFuture(world: World, minds: Minds, { member, side, group, isCrafted }: Of<"far-future">): string {
  if (isCrafted) return craft(world);
  if (world.lives[member] === undefined || SIDES.some((each) => world.lifeOf(each, member) === "missing")) return "nobody to stamp";
  const { django } = world;
  const { skewMs } = django;
  const given = newValue(world, minds, member, group, side);
  if (side === "django") django.skewMs = world.schedule.pick([DAY_MS, 100 * 365 * DAY_MS, YEAR_275760 - Math.ceil(world.stage.now)]);
  write(world, side, member, given);
  django.skewMs = skewMs;
  return `${side} edits ${group} of ${member} in the far future`;
}

function craft({ bus, schedule }: World): string {
  const changes = [...bus.past, ...bus.waiting].filter(({ message }) => message.attributes["schema"] === "member-change.v1");
  if (changes.length === 0) return "nothing to craft from";
  const { message } = schedule.pick(changes);
  const topic = message.attributes["side"] === "django" ? "member-changes-django" : "member-changes-firestore";
  const data = message.data.replaceAll(/"changedAt":\d+/g, `"changedAt":${YEAR_275760}`);
  bus.put(topic, [{ data, attributes: { ...message.attributes } }]);
  return "a copy of a message comes with a stamp of the far future";
}

function newValue(world: World, minds: Minds, member: number, group: GroupName, side: "django" | "firestore" = "firestore") {
  const life = world.lives[member];
  if (life === undefined || life.isFull(group)) return {};
  const value = nameValue(minds, group);
  life.edit(side, group, value);
  return pathsOf(group, value);
}
