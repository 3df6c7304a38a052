import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { Scalar } from "./member-record.ts";

/** A value as taken in, and a flag when it is not what the field expects. A flagged value is kept, never corrected. */
export interface ParsedScalar {
  readonly value: Scalar;
  readonly flag?: string;
}

/** How one field is read and compared. */
export interface Codec {
  /** Reads whatever a side holds. The value is kept as typed: NFC, trimmed, `""` → `null`. Never throws. */
  parse(raw: unknown): ParsedScalar;
  /** What equality compares: two values with equal keys are one value. */
  key(value: Scalar): Scalar;
}

/** Flag of a thing that no scalar can hold: the group counts as absent, so that it clears nothing elsewhere. */
export const UNREADABLE = "unreadable";

const unreadable: ParsedScalar = { value: null, flag: UNREADABLE };

/** Plain text. Longer than `max` characters is flagged, never cut. */
export function text(options: { readonly max?: number } = {}): Codec {
  const max = options.max ?? Number.POSITIVE_INFINITY;
  return textual(
    (value) => (Array.from(value).length > max ? "too-long" : undefined),
    (value) => value,
  );
}

/** An e-mail address; compared without regard to case. */
export function email(): Codec {
  const shape = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
  return textual(
    (value) => (shape.test(value) ? undefined : "not-an-email"),
    (value) => value.toLowerCase(),
  );
}

/** How nearly every Icelandic number is written. Read by hand, since the library takes a hundred times as long. */
const ICELANDIC = /^(?:\+354[ -]?)?([4-8]\d\d)[ -]?(\d{4})$/;

/** A phone number; compared as the number it dials from `country`. What is no number is compared as text. */
export function phone(options: { readonly country?: "IS" } = {}): Codec {
  const dialled = (value: string) => {
    const usual = ICELANDIC.exec(value);
    if (usual !== null) return `+354${usual[1]}${usual[2]}`;
    const number = parsePhoneNumberFromString(value, { defaultCountry: options.country ?? "IS", extract: false });
    if (number === undefined || !number.isPossible()) return undefined;
    return number.ext === undefined ? number.number : `${number.number};ext=${number.ext}`;
  };
  return textual(
    (value) => (dialled(value) === undefined ? "not-a-phone" : undefined),
    (value) => dialled(value) ?? value.replace(/\s+/g, " "),
  );
}

const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A calendar date, `YYYY-MM-DD`. Text keeps the date it shows; an instant becomes its date in UTC. */
export function date(): Codec {
  const parse = (raw: unknown): ParsedScalar => {
    const instant = asInstant(raw);
    if (instant !== undefined) return Number.isNaN(instant) ? unreadable : { value: new Date(instant).toISOString().slice(0, 10) };
    if (typeof raw === "number") return Number.isFinite(raw) ? { value: raw + 0, flag: "not-a-date" } : unreadable; // -0 is 0 on the wire
    const parsed = readText(raw);
    if (parsed.flag !== undefined || typeof parsed.value !== "string") return parsed;
    const shown = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?$/.exec(parsed.value)?.[1];
    return shown !== undefined && isCalendarDate(shown) ? { value: shown } : { value: parsed.value, flag: "not-a-date" };
  };
  // What is written as a date is its own key, whether or not the calendar has it.
  return { parse, key: (value) => (typeof value === "string" && PLAIN_DATE.test(value) ? value : parse(value).value) };
}

/** A number out of a known few. Others are kept and flagged; numeric text counts as its number. */
export function integerEnum(known: readonly number[]): Codec {
  const parse = (raw: unknown): ParsedScalar => {
    const value = asInteger(raw);
    if (value !== undefined) return known.includes(value) ? { value } : { value, flag: "unknown-value" };
    if (typeof raw === "boolean") return { value: raw, flag: "not-a-number" };
    if (typeof raw === "number") return Number.isFinite(raw) ? { value: raw, flag: "not-a-number" } : unreadable;
    const parsed = readText(raw);
    return parsed.value === null ? parsed : { value: parsed.value, flag: "not-a-number" };
  };
  return { parse, key: (value) => parse(value).value };
}

function textual(flagOf: (value: string) => string | undefined, keyOf: (value: string) => string): Codec {
  return {
    parse(raw) {
      const parsed = readText(raw);
      if (parsed.flag !== undefined || typeof parsed.value !== "string") return parsed;
      const flag = flagOf(parsed.value);
      return flag === undefined ? parsed : { value: parsed.value, flag };
    },
    key(value) {
      const normal = readText(value).value;
      return typeof normal === "string" ? keyOf(normal) : normal;
    },
  };
}

/** Printable Latin-1, which has the Icelandic letters, without blanks around it: normal as it stands, and most of what there is. */
const PLAIN_TEXT = /^[!-~¡-ÿ](?:[ -~¡-ÿ]*[!-~¡-ÿ])?$/;

/** NUL goes, as no SQL database holds it; a lone surrogate becomes U+FFFD, as no wire carries it. */
function readText(raw: unknown): ParsedScalar {
  if (raw === null || raw === undefined) return { value: null };
  if (typeof raw === "string" && PLAIN_TEXT.test(raw)) return { value: raw };
  if (typeof raw !== "string" && typeof raw !== "number" && typeof raw !== "boolean" && typeof raw !== "bigint") return unreadable;
  if (typeof raw === "number" && !Number.isFinite(raw)) return unreadable;
  const value = String(raw).replaceAll("\u0000", "").toWellFormed().normalize("NFC").trim();
  return { value: value === "" ? null : value };
}

function asInteger(raw: unknown): number | undefined {
  const value = typeof raw === "bigint" || (typeof raw === "string" && /^\s*[+-]?\d+\s*$/.test(raw)) ? Number(raw) : raw;
  return typeof value === "number" && Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** Epoch milliseconds of a `Date` or of a Firestore timestamp, as an instance or as plain JSON; NaN where it is broken. */
function asInstant(raw: unknown): number | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  if (raw instanceof Date) return inRange(raw.getTime());
  const seconds = "seconds" in raw ? raw.seconds : "_seconds" in raw ? raw._seconds : undefined;
  if (typeof seconds === "number" || typeof seconds === "bigint" || (typeof seconds === "string" && /^-?\d+$/.test(seconds))) {
    return inRange(Number(seconds) * 1000);
  }
  if (!("toDate" in raw) || typeof raw.toDate !== "function") return undefined;
  try {
    const converted: unknown = raw.toDate();
    return converted instanceof Date ? inRange(converted.getTime()) : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/** Years 0001 to 9999, all that both sides can hold. */
function inRange(instant: number): number {
  return instant >= -62_135_596_800_000 && instant < 253_402_300_800_000 ? instant : Number.NaN;
}

function isCalendarDate(shown: string): boolean {
  const instant = Date.parse(`${shown}T00:00:00Z`);
  return !Number.isNaN(inRange(instant)) && new Date(instant).toISOString().startsWith(shown);
}
