import { z } from "zod";

/** No SQL database holds NUL, and no wire a lone surrogate: such text could never arrive. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

const storable = z.string().refine(isStorable, "holds NUL or half a character");

/** A field's value in canonical form. `null` means cleared; an absent field is a missing key, never `null`. */
export const scalar = z.union([storable, z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof scalar>;

/**
 * The value of a field group: a scalar, or an object where several fields change as one value (the address). One flat
 * union: a union inside would write out its reasons each time it does not match, which took longer than all the rest.
 */
export const groupValue = z.union([...scalar.options, z.record(z.string(), scalar)]);
export type GroupValue = string | number | boolean | null | { readonly [field: string]: Scalar };

/** Name of a field group, such as `email` or `address`. */
export type GroupName = string;

/**
 * The canonical form of a member, by field group. A group that the source does not carry is a missing
 * key (absent: keep ours); a cleared one is `null` (clear theirs).
 */
export const memberRecord = z.record(z.string(), groupValue);
export type MemberRecord = { readonly [group: GroupName]: GroupValue };

/**
 * Whether a side has the member: `alive`; `deleted` (the row or document is there, marked inactive);
 * `missing` (there is none).
 */
export const life = z.enum(["alive", "deleted", "missing"]);
export type Life = z.infer<typeof life>;
