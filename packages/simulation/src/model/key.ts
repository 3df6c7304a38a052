import { createHash } from "node:crypto";
import type { State } from "./state.ts";

const IDS = /m\.[df]\d+\.\w+|m-\w+-\d+/g;

/**
 * A hash that is equal for states which differ in nothing but the names of write ids and conflicts. Sound: ids are
 * only ever compared for equality, and a new one is made of a hub `rev` that was never used before.
 */
export function keyOf(state: State): string {
  const { hub, worker, ...rest } = state;
  const revs = worker === undefined ? [] : [worker.hub?.rev === hub?.rev];
  const text = JSON.stringify([rest, withoutRev(hub), worker && [withoutRev(worker.hub), worker.observation], revs]);
  const names = new Map<string, string>();
  const renamed = text.replace(IDS, (id) => {
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  });
  return createHash("sha1").update(renamed).digest("base64").slice(0, 16);
}

function withoutRev(hub: State["hub"]): unknown {
  return hub === undefined
    ? null
    : {
        ...hub,
        rev: 0,
        groups: sorted(hub.groups),
        sides: { django: hub.sides.django, firestore: hub.sides.firestore },
        waiting: { django: hub.waiting.django, firestore: hub.waiting.firestore },
        out: { django: hub.out.django, firestore: hub.out.firestore },
      };
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
