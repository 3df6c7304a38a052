import { DocumentReference, GeoPoint, Timestamp } from "@google-cloud/firestore";
import type { DocumentData } from "../../app/ports.ts";

const NANOS = 1_000_000_000n;

/** A document's data as the client gives it, in the port's plain form. */
export function fromFirestore(data: Readonly<Record<string, unknown>>): DocumentData {
  return Object.fromEntries(Object.entries(data).map(([field, value]) => [field, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (value instanceof Timestamp) return value.toDate();
  if (value instanceof GeoPoint) return { latitude: value.latitude, longitude: value.longitude };
  if (value instanceof DocumentReference) return value.path;
  return fromFirestore(Object.fromEntries(Object.entries(value)));
}

/** Nanoseconds since the epoch. */
export function toRevision(time: Timestamp): string {
  return String(BigInt(time.seconds) * NANOS + BigInt(time.nanoseconds));
}

export function toTimestamp(revision: string): Timestamp {
  const nanos = BigInt(revision);
  return new Timestamp(Number(nanos / NANOS), Number(nanos % NANOS));
}
