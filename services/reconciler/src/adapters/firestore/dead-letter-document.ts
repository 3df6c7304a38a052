import { createHash } from "node:crypto";
import type { DocumentData, DocumentReference, Firestore } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import { deadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { z } from "zod";
import type { DeadLetter } from "../../app/ports.ts";
import { FORMAT, plain } from "./documents.ts";
import { COLLECTIONS } from "./queries.ts";

/** Firestore takes a document of a mebibyte; the text of a letter may be longer, and is then kept in parts. */
const PART_BYTES = 700_000;

const storedLetter = z.object({
  parts: z.number().int().nonnegative(),
  letter: deadLetterNotice.extend({
    state: z.enum(["open", "replayed", "discarded"]),
    firstSeenAt: z.number(),
    lastSeenAt: z.number(),
    seen: z.number(),
    resolution: z.object({ at: z.number(), actor: z.string().nullable(), reason: z.string().nullable() }).exactOptional(),
  }),
});

/** Where a letter is kept. Its id may hold what a path cannot, so the document is named after the id's hash. */
export function deadLetterRef(firestore: Firestore, id: string): DocumentReference {
  return firestore.collection(COLLECTIONS.deadLetters).doc(createHash("sha256").update(id).digest("base64url"));
}

export function letterFields(letter: DeadLetter, parts: number): DocumentData {
  const { state, cause, firstSeenAt } = letter;
  return { format: FORMAT, state, cause, firstSeenAt, parts, letter: plain(letter).fields };
}

export function readLetter(fields: DocumentData): { readonly letter: DeadLetter; readonly parts: number } {
  const parsed = storedLetter.safeParse(fields);
  invariant(parsed.success, "a stored dead letter is readable");
  return parsed.data;
}

/** Stores a text too long for a document in parts, and says how many; `inline` is what the document itself keeps. */
export async function writeParts(ref: DocumentReference, text: string): Promise<{ readonly parts: number; readonly inline: string }> {
  const bytes = Buffer.from(text);
  if (bytes.length <= PART_BYTES) return { parts: 0, inline: text };
  const parts = Math.ceil(bytes.length / PART_BYTES);
  try {
    for (let part = 0; part < parts; part += 1)
      await partRef(ref, part).set({ bytes: bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES) });
  } catch (error) {
    throw toSyncError(error);
  }
  return { parts, inline: "" };
}

export async function readParts(ref: DocumentReference, parts: number): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    // One at a time: an answer of several would outgrow what a client takes.
    for (let part = 0; part < parts; part += 1) {
      const bytes: unknown = (await partRef(ref, part).get()).get("bytes");
      invariant(bytes instanceof Uint8Array, "every part of a stored dead letter is there");
      pieces.push(Buffer.from(bytes));
    }
  } catch (error) {
    throw toSyncError(error);
  }
  return Buffer.concat(pieces).toString();
}

function partRef(ref: DocumentReference, part: number): DocumentReference {
  return ref.collection("parts").doc(String(part));
}
