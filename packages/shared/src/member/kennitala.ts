import { cleanKennitalaCareful } from "is-kennitala";

export type KennitalaResult = { readonly ok: true; readonly kennitala: string } | { readonly ok: false; readonly reason: string };

const TEN_DIGITS = /^\d{10}$/;
const COMPANY = /^[4-7]/;
const TEMPORARY = /^[89]/;
/** Day, month, and the century as last digit. Whether that month has that day is nobody's reason to lose a member. */
const PERSON = /^(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{5}[089]$/;

/**
 * Reads a person's kennitala, with or without its dash, into ten digits.
 *
 * The check digit is not looked at: new ones have carried none since February 2026. Temporary ids (first digit 8 or
 * 9) are accepted. Companies (day + 40) are refused. The reason never repeats what was given.
 */
export function parseKennitala(raw: unknown): KennitalaResult {
  if (typeof raw !== "string") return refused("a kennitala is text");
  const digits = cleanKennitalaCareful(raw.normalize("NFKC"));
  if (!TEN_DIGITS.test(digits)) return refused("a kennitala has ten digits");
  if (COMPANY.test(digits)) return refused("the kennitala is a company's");
  if (TEMPORARY.test(digits) || PERSON.test(digits)) return { ok: true, kennitala: digits };
  return refused("the kennitala begins with no date of birth");
}

function refused(reason: string): KennitalaResult {
  return { ok: false, reason };
}
