/** Place of an item in a list: what the list is ordered by, then the id that tells equals apart. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

/** A place as opaque text that may stand in a URL. */
export function encodeCursor(place: Place): string {
  return Buffer.from(JSON.stringify([place.at, place.id])).toString("base64url");
}

/** The place that a cursor names, or `undefined` when it is none of ours. */
export function decodeCursor(cursor: string): Place | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!Array.isArray(parsed) || parsed.length !== 2) return undefined;
    const [at, id]: readonly unknown[] = parsed;
    return typeof at === "number" && typeof id === "string" ? { at, id } : undefined;
  } catch {
    return undefined;
  }
}
