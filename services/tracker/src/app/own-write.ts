import type { MarkedChange } from "./own-mark.ts";
import type { Writer } from "./ports.ts";

/**
 * Whose commit a change is.
 * - `create-to-prove`: it carries the mark of a create of ours, and a client can copy a mark: it is ours only if that
 *   create was carried out in this very commit.
 */
export type Ownership =
  | { readonly kind: "foreign" }
  | { readonly kind: "own" }
  | { readonly kind: "create-to-prove"; readonly writeId: string };

const FOREIGN = { kind: "foreign" } as const;
const OWN = { kind: "own" } as const;

/**
 * Decides whose commit a change is. A write of ours brings a mark that we signed for this document, and names the
 * revision that it went over: no document stands at one revision twice, so a copied mark never fits an update. Where
 * events name the writer, the writer must be ours as well.
 *
 * @param ownWriters our service account as events name it (e-mail, unique id); empty where they name no writer: the emulator
 */
export function ownershipOf({ before, after, actor }: MarkedChange, ownWriters: readonly string[]): Ownership {
  if (after === undefined) return FOREIGN;
  const { mark } = after;
  if (mark.kind !== "valid" || mark.revision !== (before?.revision ?? null)) return FOREIGN;
  if (ownWriters.length > 0) return isOneOf(ownWriters, actor) ? OWN : FOREIGN;
  return before === undefined ? { kind: "create-to-prove", writeId: mark.writeId } : OWN;
}

/** A person's login id may be any text, so the kind of login counts too. */
function isOneOf(writers: readonly string[], { authType, authId }: Writer): boolean {
  return authType === "service_account" && authId !== null && writers.includes(authId);
}
