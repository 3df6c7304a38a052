import { z } from "zod";

/** A Firestore value as its REST interface writes it. */
export type TypedValue = { readonly [type: string]: unknown };

const scalarShapes = z.object({
  nullValue: z.null().optional(),
  booleanValue: z.boolean().optional(),
  integerValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
  timestampValue: z.string().optional(),
  stringValue: z.string().optional(),
});
const fieldsShape = z.record(z.string(), z.unknown());
const mapShape = z.object({ mapValue: z.object({ fields: fieldsShape.default({}) }) });
const arrayShape = z.object({ arrayValue: z.object({ values: z.array(z.unknown()).default([]) }) });

/** Trouble with what was sent, in words for whoever sent it. */
export class BadValue extends Error {
  override readonly name = "BadValue";
}

/** The plain data of `fields` in a document's REST form. */
export function fromFields(fields: unknown): Readonly<Record<string, unknown>> {
  const parsed = fieldsShape.safeParse(fields ?? {});
  if (!parsed.success) throw new BadValue("fields is not an object");
  return Object.fromEntries(Object.entries(parsed.data).map(([name, value]) => [name, fromTyped(value)]));
}

function fromTyped(value: unknown): unknown {
  const map = mapShape.safeParse(value);
  if (map.success) return fromFields(map.data.mapValue.fields);
  const array = arrayShape.safeParse(value);
  if (array.success) return array.data.arrayValue.values.map(fromTyped);
  const parsed = scalarShapes.safeParse(value);
  if (!parsed.success) throw new BadValue("a value is not of a type that is known here");
  const { nullValue, booleanValue, integerValue, doubleValue, timestampValue, stringValue } = parsed.data;
  if (nullValue === null) return null;
  if (integerValue !== undefined) return Number(integerValue);
  if (timestampValue !== undefined) return new Date(timestampValue);
  const scalar = booleanValue ?? doubleValue ?? stringValue;
  if (scalar === undefined) throw new BadValue("a value has no type that is known here");
  return scalar;
}

/** `fields` in a document's REST form. */
export function toFields(data: Readonly<Record<string, unknown>>): Readonly<Record<string, TypedValue>> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, toTyped(value)]));
}

function toTyped(value: unknown): TypedValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { booleanValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toTyped) } };
  if (typeof value === "object" && value !== null) return { mapValue: { fields: toFields(Object.fromEntries(Object.entries(value))) } };
  return { nullValue: null };
}
