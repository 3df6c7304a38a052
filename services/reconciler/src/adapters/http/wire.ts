import { z } from "zod";
import { decodeCursor } from "../cursor.ts";

/** The furthest instant that a date can tell, from its epoch. */
const FURTHEST_MS = 8.64e15;

/** Made by `iso()` and nowhere else, hence not checked again on its way out. */
export const instant = z.string().meta({ format: "date-time", description: "ISO 8601, UTC" });
export const memberRef = z
  .string()
  .regex(/^[a-z2-7]{20}$/, "a member reference is 20 characters of a-z and 2-7; POST /api/members/lookup gives it");
export const side = z.enum(["django", "firestore"]);

/** Epoch milliseconds as ISO 8601. */
export function iso(at: number): string {
  return new Date(Math.max(-FURTHEST_MS, Math.min(FURTHEST_MS, at))).toISOString();
}

/** The same, where 0 and nothing mean that it is not known. */
export function isoOrNull(at: number | null): string | null {
  return at === null || at === 0 ? null : iso(at);
}

/** What every list is asked with. */
export const paging = {
  cursor: z
    .string()
    .max(600)
    .refine((cursor) => decodeCursor(cursor) !== undefined, "the cursor is not one that this list gave")
    .optional()
    .describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
} as const;

/** What every list answers. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable().describe("`cursor` of the next page, null at the end") });
}

/** What every error answers. */
export const errorAnswer = z
  .object({ error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }) })
  .meta({ id: "Error" });

/** Error answers that any authenticated route may give. */
export const commonErrors = { 400: errorAnswer, 401: errorAnswer, 503: errorAnswer } as const;

export const security = [{ bearer: [] }];
