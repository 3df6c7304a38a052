import type { Conflict } from "@member-sync/reconciler/core/conflict.ts";
import type { StoredHub } from "@member-sync/reconciler/app/ports.ts";
import type { Snapshot } from "@member-sync/fakes/firestore/documents.ts";
import { GROUPS, KENNITALAS, keyOf, placeOf } from "./rules.ts";
import { takeHeard } from "./step-promises.ts";
import type { World } from "./world.ts";

/** What somebody put aside for a bad day. */
export interface Backup {
  readonly documents: ReadonlyMap<string, Snapshot>;
  readonly hubs: ReadonlyMap<string, StoredHub>;
  readonly conflicts: ReadonlyMap<string, Conflict>;
  /** How many edits each group of each member had. */
  readonly edits: readonly Readonly<Record<string, number>>[];
}

export function backUp({ firestore, state, lives }: World): Backup {
  return {
    documents: firestore.fake.export(),
    hubs: new Map(state.hubs),
    conflicts: new Map(state.conflicts),
    edits: lives.map((life) => Object.fromEntries(GROUPS.map((group) => [group, life.edits[group].length]))),
  };
}

/**
 * The documents stand as they stood at the backup, and no event tells of it. What only they held is gone for good; an old
 * value that is back counts as somebody's choice, and a document that is not there any more as removed.
 */
export function restoreFirestore(world: World, backup: Backup): string {
  const before = world.lives.map((_, member) => world.lifeOf("firestore", member));
  world.firestore.fake.restore(backup.documents);
  world.isLossy = true;
  world.isForgetful = true;
  world.repairs += 4;
  for (const [member, life] of world.lives.entries()) {
    const isThere = backup.documents.has(KENNITALAS[member] ?? "");
    if (!isThere && before[member] !== "missing" && life.removals.length < 28) life.remove("firestore", true);
    if (isThere && before[member] !== "alive") life.reactivations += 1;
    for (const group of GROUPS) {
      for (const edit of life.edits[group].slice(backup.edits[member]?.[group] ?? 0)) if (edit.by === "firestore") edit.isUnseen = true;
      const held = life.edits[group].find((edit) => edit.key === keyOf(world.heldBy("firestore", member, group)));
      if (!isThere || held === undefined) continue;
      life.chosen[group] |= held.bit;
      life.knows.firestore[group] = held.bit | held.past;
    }
  }
  return "Firestore's documents are restored from the backup";
}

/** The reconciler forgets what it learnt since the backup. It cannot know the order of causes any more, but loses no edit. */
export function restoreHub(world: World, backup: Backup): string {
  const { hubs, conflicts } = world.state;
  hubs.clear();
  for (const [ref, stored] of backup.hubs) hubs.set(ref, stored);
  conflicts.clear();
  for (const [id, conflict] of backup.conflicts) conflicts.set(id, conflict);
  // What the hubs heard after the backup they have not heard now; what still stands on a side is told again.
  for (const life of world.lives) life.forgetHeard();
  for (const { hub } of hubs.values()) {
    const life = world.lives[placeOf(hub.kennitala)];
    if (life !== undefined) takeHeard(life, hub, []);
  }
  world.isLossy = true;
  world.isForgetful = true;
  world.repairs += 6;
  return "the hubs are restored from the backup";
}
