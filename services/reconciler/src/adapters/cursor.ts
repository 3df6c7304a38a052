import { z } from "zod";

const written = z.tuple([z.number(), z.string()]);

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
  const { success, data } = written.safeParse(jsonOf(Buffer.from(cursor, "base64url").toString()));
  return success ? { at: data[0], id: data[1] } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
