import { type GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Keys } from "./edit-keys.ts";
import type { Lane, Placed, Told } from "./lane.ts";

/** A lane with its edits and entries found by the values in them. */
export interface IndexedLane extends Lane {
  readonly keys: Keys;
  /** Edits whose makers had this value before them, as far as is known. */
  readonly seenBy: ReadonlyMap<string, readonly Placed[]>;
  /** Entries that are about this value. */
  readonly toldOf: ReadonlyMap<string, readonly Told[]>;
  /** Entries that say what it was replaced by, or lost to. */
  readonly toldAgainst: ReadonlyMap<string, readonly Told[]>;
  keyOf(value: GroupValue | undefined): string;
  /** Edits that gave this value: for a cleared group all that cleared it. */
  makersOf(value: GroupValue): readonly Placed[];
}

export function indexLane(lane: Lane, keys: Keys): IndexedLane {
  const keyOf = (value: GroupValue | undefined) => keys.of(lane.group, value);
  const made = new Map<string, Placed[]>();
  const seenBy = new Map<string, Placed[]>();
  const toldOf = new Map<string, Told[]>();
  const toldAgainst = new Map<string, Told[]>();
  for (const placed of lane.edits) {
    for (const key of keys.ofEdit(placed.edit)) put(made, key, placed);
    const had = hadBefore(placed);
    if (had !== undefined) put(seenBy, keyOf(had), placed);
  }
  for (const told of lane.told) {
    put(toldOf, keyOf(told.entry.value), told);
    put(toldAgainst, keyOf(told.entry.other), told);
  }
  const makersOf = (value: GroupValue) => made.get(keyOf(value)) ?? [];
  return { ...lane, keys, seenBy, toldOf, toldAgainst, keyOf, makersOf };
}

/** What the maker of an edit had before them: what stood there, or at least what they had looked at. */
export function hadBefore({ edit: { saw, looked } }: Placed): GroupValue | undefined {
  return saw === undefined ? looked : saw;
}

/** All that is found under one of the keys. */
export function* under<T>(index: ReadonlyMap<string, readonly T[]>, keys: ReadonlySet<string>): Iterable<T> {
  for (const key of keys) yield* index.get(key) ?? [];
}

function put<T>(index: Map<string, T[]>, key: string, item: T): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [item]);
  else known.push(item);
}
