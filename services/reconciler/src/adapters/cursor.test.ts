import { expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";

it("a cursor names the place that it was made of, in characters that a URL holds", () => {
  const place = { at: 1_790_000_000_123, id: "þetta/er?auðkenni" };
  expect(encodeCursor(place)).toMatch(/^[\w-]+$/);
  expect(decodeCursor(encodeCursor(place))).toEqual(place);
});

it.each(["", "x", "e30", "WzEsMl0", "W10", "bnVsbA"])("%j is no cursor of ours", (text) => {
  expect(decodeCursor(text)).toBeUndefined();
});
