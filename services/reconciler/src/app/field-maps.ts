import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { hashOfFieldMap, signatureOf, unknownToProducer, type FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { Hub } from "../core/hub.ts";
import type { MapInForce } from "../core/policy.ts";
import type { FieldMapStore, HubStore } from "./ports.ts";

/** The field map of this process, and those that hubs were planned with before. */
export interface FieldMaps {
  readonly own: FieldMapSignature;
  /** The map for the planner. It is stored before the first plan is made with it. */
  inForce(): Promise<MapInForce>;
  /** Reads the maps of these hubs from the store unless they are known. */
  learnFrom(hubs: Iterable<Hub>): Promise<void>;
}

export function createFieldMaps(fieldMap: FieldMap, store: FieldMapStore): FieldMaps {
  const own = signatureOf(fieldMap);
  const id = hashOfFieldMap(own);
  let known: ReadonlyMap<string, FieldMapSignature> = new Map();
  let registered: Promise<void> | undefined;
  /** Ids that the store does not have either. */
  const missing = new Set<string>();

  const mapInForce: MapInForce = {
    id,
    newSince: (other) => (other === undefined ? [] : unknownToProducer(own, known.get(other) ?? {})),
    maps: (group) => Object.hasOwn(own, group),
  };

  async function register(): Promise<void> {
    known = await store.read();
    if (!known.has(id)) await store.add(id, own);
    known = new Map([...known, [id, own]]);
  }

  return {
    own,
    async inForce() {
      registered ??= register().catch((error: unknown) => {
        registered = undefined;
        throw error;
      });
      await registered;
      return mapInForce;
    },
    async learnFrom(hubs) {
      const unknown = mapsOf(hubs).filter((map) => map !== id && !known.has(map) && !missing.has(map));
      if (unknown.length === 0) return;
      known = new Map([...(await store.read()), [id, own]]);
      for (const map of unknown) if (!known.has(map)) missing.add(map);
    },
  };
}

/** A hub store that gives out no hub before the field map that it was planned with is known. */
export function withKnownMaps(hubs: HubStore, maps: FieldMaps): HubStore {
  return {
    commit: (entries) => hubs.commit(entries),
    inFlightSince: (before, cursor, limit) => hubs.inFlightSince(before, cursor, limit),
    waiting: (after, limit) => hubs.waiting(after, limit),
    due: (after, limit) => hubs.due(after, limit),
    all: (after, limit) => hubs.all(after, limit),
    async load(memberRefs) {
      const loaded = await hubs.load(memberRefs);
      await maps.learnFrom([...loaded.values()].map(({ hub }) => hub));
      return loaded;
    },
  };
}

function mapsOf(hubs: Iterable<Hub>): readonly string[] {
  const maps = new Set<string>();
  for (const hub of hubs) {
    for (const map of Object.values(hub.retired ?? {})) maps.add(map);
    for (const side of SIDES) {
      for (const map of [hub.sides[side]?.map, hub.waiting[side]?.map]) if (map !== undefined) maps.add(map);
    }
  }
  return [...maps];
}
