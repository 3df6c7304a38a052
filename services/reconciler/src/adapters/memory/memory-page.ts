import type { Page } from "../../app/ports.ts";
import { decodeCursor, encodeCursor, type Place } from "../cursor.ts";

/** One page of `items`, highest place first, beginning after `cursor`. */
export function pageOf<T>(items: Iterable<T>, placeOf: (item: T) => Place, cursor: string | null, limit: number): Page<T> {
  const after = cursor === null ? undefined : decodeCursor(cursor);
  const placed = [...items]
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => after === undefined || compare(place, after) < 0)
    .toSorted((a, b) => compare(b.place, a.place));
  const page = placed.slice(0, limit);
  const last = page.at(-1);
  const next = last !== undefined && placed.length > limit ? encodeCursor(last.place) : null;
  return { items: page.map(({ item }) => structuredClone(item)), next };
}

function compare(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
