import { lookId } from "@member-sync/reconciler/core/look-id.ts";
import type { DjangoDump } from "@member-sync/fakes/django/fake-django.ts";
import type { Snapshot } from "@member-sync/fakes/firestore/documents.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import { applyTopic } from "@member-sync/shared/topology.ts";
import type { SideKnowledge } from "./biography.ts";
import { forget } from "./forget.ts";
import type { World } from "./world.ts";

/** A dump of one side, with what people there knew when it was made. */
interface Dump {
  readonly django: DjangoDump;
  readonly documents: ReadonlyMap<string, Snapshot>;
  readonly knowledge: readonly SideKnowledge[];
}

/** The dumps of both sides, and the lineages that ended. */
export class SideRestores {
  readonly dumps: { [S in Side]?: Dump } = {};
  /** Lineages that a side had before it was restored. */
  readonly ended: Record<Side, readonly string[]> = { django: [], firestore: [] };
}

export function dumpSide({ django, firestore, lives, restores }: World, side: Side): string {
  restores.dumps[side] = {
    django: django.fake.dump(),
    documents: firestore.fake.export(),
    knowledge: lives.map((life) => life.knowledgeOf(side)),
  };
  return `${side} is dumped`;
}

/**
 * The side's service is stopped, the side goes back to the dump under a new lineage, and the service starts again: on a
 * new database, in the case of Firestore, so that no event of the old one arrives any more.
 */
export function restoreSide(world: World, side: Side): string {
  const { restores, lives } = world;
  const dump = restores.dumps[side];
  if (dump === undefined) return "no dump";
  const service = side === "django" ? "adapter" : "tracker";
  const before = lives.map((_, member) => world.lifeOf(side, member));
  world.restart(service);
  restores.ended[side] = [...restores.ended[side], world[side].fake.lineage];
  if (side === "django") world.django.fake.restore(dump.django);
  else {
    world.firestore.events.length = 0;
    world.marksPutBack.clear();
    world.firestore.fake.restore(dump.documents);
  }
  world[side].fake.renewLineage();
  world.restart(service);
  world.isLossy = true;
  world.repairs += 4;
  for (const [member, life] of lives.entries()) {
    const then = dump.knowledge[member];
    const isRemovalUndone = then !== undefined && (life.knowsRemovals[side] & ~then.removals) !== 0;
    if (then !== undefined) life.rollBack(side, then, (group) => world.heldBy(side, member, group));
    // A removal that nobody had heard of, or that people are still asked about, is undone by the restore; one that the hub
    // has taken needs a person's word (P8).
    const isBack = before[member] !== "alive" && (isRemovalUndone || world.lifeOf(side, member) === "alive");
    const known = world.hubOf(member)?.life;
    if (isBack && (known?.state !== "deleted" || known.parked !== undefined)) life.reactivations += 1;
    if (isForgotten(world, side, member)) life.reactivations += 1;
  }
  return `${side} is restored from its dump`;
}

/**
 * Firestore keeps nothing of a document that was removed: of one that is not in the dump nobody can tell whether it was
 * removed before it or made after it, and the hub's member is made there again. Django's revision outlives the row.
 */
function isForgotten(world: World, side: Side, member: number): boolean {
  return side === "firestore" && world.lifeOf(side, member) === "missing" && world.hubOf(member)?.life.state !== "deleted";
}

/** Whether the side was restored and the hub has not read the member there since. */
export function isRestoreUnread(world: World, side: Side, member: number): boolean {
  return world.restores.ended[side].length > 0 && world.hubOf(member)?.sides[side]?.lineage !== world[side].fake.lineage;
}

/** An operator says that the side was restored, and names its lineage; again where an older lineage was heard since. */
export function confirmRestore(world: World, side: Side): string {
  const { restores, state, reconciler } = world;
  const { lineage } = world[side].fake;
  const isConfirmed = state.control?.restores.some((one) => one.side === side && one.lineage === lineage) === true;
  const isSuspected = state.control?.suspicions.some((one) => one.side === side) === true;
  if (restores.ended[side].length === 0 || (isConfirmed && !isSuspected)) return "no restore to confirm";
  forget(reconciler.process.useCases.confirmRestore({ side, lineage, reason: "restored from its dump" }, "operator"));
  return `an operator confirms the restore of ${side}`;
}

/** Asks Django what it holds now of every member of whom a hub exists: a member who came after the dump is in no outbox. */
export function lookAtDjango({ state, bus, stage }: Pick<World, "state" | "bus" | "stage">): void {
  const hubs = [...state.hubs.values()].map(({ hub }) => hub);
  const looks = hubs.map((hub): ApplyCommand => {
    const { memberRef, kennitala, djangoId, sides } = hub;
    const writeId = lookId(hub, "django", String(bus.published));
    const expectRevision = sides.django?.revision ?? null;
    return {
      writeId,
      side: "django",
      memberRef,
      kennitala,
      djangoId,
      expectRevision,
      groups: {},
      look: true,
      emittedAt: Math.floor(stage.now),
    };
  });
  if (looks.length > 0) bus.put(applyTopic("django"), packEnvelopes("member-apply.v1", "django", looks));
}
