import { cleanKennitalaCareful, parseKennitala as parseShape } from "is-kennitala";

export type KennitalaResult =
  | { readonly ok: true; readonly kennitala: string }
  | { readonly ok: false; readonly reason: string };

const TEN_DIGITS = /^\d{10}$/;

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
  if (/^[4-7]/.test(digits)) return refused("the kennitala is a company's");
  if (/^[89]/.test(digits) || isPerson(digits)) return { ok: true, kennitala: digits };
  return refused("the kennitala begins with no date of birth");
}

/** `robot`: the registry's own test persons are members in test systems. */
function isPerson(digits: string): boolean {
  return parseShape(digits, { type: "person", robot: true, clean: "none" }) !== undefined;
}

function refused(reason: string): KennitalaResult {
  return { ok: false, reason };
}
