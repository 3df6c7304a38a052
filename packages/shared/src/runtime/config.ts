import { z } from "zod";
import { SyncError } from "../errors/sync-error.ts";
import { Secret } from "./secret.ts";

export { Secret } from "./secret.ts";

/**
 * Reads the configuration from environment variables. Every value is trimmed, so that a newline at the end of a
 * secret does no harm; a blank one counts as not set. Throws `config_invalid` whose `details.problems` name every
 * bad variable at once, without its value.
 */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, env: Readonly<Record<string, string | undefined>>): z.output<Schema> {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const);
  const parsed = schema.safeParse(Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== "")));
  if (parsed.success) return parsed.data;
  const blank = new Set(trimmed.filter(([, value]) => value === "").map(([name]) => name));
  throw new SyncError("config_invalid", { problems: [...new Set(parsed.error.issues.map((issue) => problemOf(issue, blank)))] });
}

function problemOf(issue: z.core.$ZodIssue, blank: ReadonlySet<string>): string {
  const name = String(issue.path[0] ?? "configuration");
  return `${name} ${blank.has(name) ? "is blank" : issue.message}`;
}

const given = z
  .string({ error: (issue) => (issue.input === undefined ? "is missing" : "is not text") })
  .trim()
  .min(1, "is blank");

export const text = () => given;

/** An http or https address, without the slash at its end. */
export const url = () =>
  given.refine(isWebAddress, "is no http(s) address, or carries a password").transform((value) => value.replace(/\/+$/, ""));

/** A token or key of at least `min` characters. */
export const secret = (min: number) =>
  given
    .min(min, `is shorter than ${min} characters`)
    .regex(/^\S*$/, "has a space or line break inside")
    .transform((value) => new Secret(value));

/** Several secrets, separated by commas: while one is being replaced, both hold. */
export const secrets = (min: number) =>
  list()
    .refine(
      (all) => all.every((one) => one.length >= min && /^\S+$/.test(one)),
      `holds one that is shorter than ${min} characters or has a space inside`,
    )
    .transform((all) => all.map((one) => new Secret(one)));

export const integer = (min: number, max: number) =>
  given
    .regex(/^-?\d+$/, "is not a whole number")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not between ${min} and ${max}`);

/** 0 lets the system choose. */
export const port = () => integer(0, 65_535);

/** `PT10S`, `PT1H30M`, `P1D`, or `500ms`, `10s`, `5m`, `2h`, `1d`; as milliseconds. */
export const durationMs = () =>
  given.transform((value, context) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined) return milliseconds;
    context.addIssue({ code: "custom", message: "is no duration such as PT10S, 500ms or 10s" });
    return z.NEVER;
  });

export const flag = () =>
  given
    .toLowerCase()
    .pipe(z.enum(["true", "false", "1", "0", "yes", "no", "on", "off"], { error: "is neither true nor false" }))
    .transform((value) => ["true", "1", "yes", "on"].includes(value));

/** One of a few words. */
export const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  given.pipe(z.enum(words, { error: `is not one of ${words.join(", ")}` }));

/** Parts separated by commas; at least one. */
export const list = () =>
  given
    .transform((value) =>
      value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .refine((parts) => parts.length > 0, "names nothing");

function isWebAddress(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && ["http:", "https:"].includes(parsed.protocol) && parsed.username === "" && parsed.password === "";
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(value: string): number | undefined {
  const plain = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value);
  if (plain !== null) return Math.round(Number(plain[1]) * (UNITS_MS[plain[2] ?? ""] ?? Number.NaN));
  const iso = /^P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(value.toUpperCase());
  if (iso === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = iso.slice(1).map((part) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}
