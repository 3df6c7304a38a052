import { SyncError } from "@member-sync/shared/errors/sync-error.ts";

export type Plain = Readonly<Record<string, unknown>>;

export function isPlain(raw: unknown): raw is Plain {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** The fields of a decoded map as plain data. Own properties only, so that a field named `__proto__` stays a field. */
export function fromFields(raw: unknown): Plain {
  if (!isPlain(raw)) return {};
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, fromValue(value)]));
}

/** A decoded Firestore value as plain data. A kind that is not known is an error: to guess would be to lose. */
export function fromValue(raw: unknown): unknown {
  if (!isPlain(raw)) throw malformed("a value is missing");
  const [kind] = Object.keys(raw);
  switch (kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
    case "reference":
    case "bytes":
      return raw[kind];
    case "integer":
      return integer(raw[kind]);
    case "double":
      return Number.isFinite(raw[kind]) ? raw[kind] : String(raw[kind]);
    case "timestamp":
      return new Date(Number(nanosOf(raw[kind]) / 1_000_000n));
    case "geo":
      return geo(raw[kind]);
    case "map":
      return fromFields(isPlain(raw[kind]) ? raw[kind]["fields"] : undefined);
    case "array":
      return list(raw[kind]);
    case undefined:
    default:
      throw malformed("a value is of a kind that is not known");
  }
}

/** Nanoseconds since the epoch of a decoded timestamp. */
export function nanosOf(raw: unknown): bigint {
  if (!isPlain(raw)) throw malformed("a timestamp is missing");
  const { seconds, nanos } = raw;
  return wholeNumber(seconds) * 1_000_000_000n + wholeNumber(nanos);
}

/** 64-bit numbers are decoded as text; what is not set is zero. */
function wholeNumber(raw: unknown): bigint {
  return typeof raw === "string" || typeof raw === "number" ? BigInt(raw) : 0n;
}

function integer(raw: unknown): number | string {
  const text = String(raw);
  return Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

function geo(raw: unknown): Plain {
  const point = isPlain(raw) ? raw : {};
  return { latitude: point["latitude"] ?? 0, longitude: point["longitude"] ?? 0 };
}

function list(raw: unknown): readonly unknown[] {
  const values = isPlain(raw) ? raw["values"] : undefined;
  return Array.isArray(values) ? values.map(fromValue) : [];
}

function malformed(reason: string): SyncError {
  return new SyncError("message_malformed", { reason });
}
