import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { z } from "zod";
import { groupValue, memberRecord, scalar } from "./member-record.ts";

/** The same rule as it reads when it is written down one case inside the other: the slow way to check it. */
const storable = z.string().refine((value) => value.isWellFormed() && !value.includes("\u0000"));
const plainScalar = z.union([storable, z.number(), z.boolean(), z.null()]);
const plainGroupValue = z.union([plainScalar, z.record(z.string(), plainScalar)]);
const plainRecord = z.record(z.string(), plainGroupValue);

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\u0000", "a\u0000b", "\ud800", "b\udc00", "😀", "__proto__"),
);
const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("__proto__", "constructor", "prototype", "0", "toString"));
const leaf = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined));
const anything = fc.oneof(
  leaf,
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
);
/** Own keys of any name, as `JSON.parse` makes them: `__proto__` too. */
const object = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => {
    const made = {};
    for (const [name, each] of entries)
      Object.defineProperty(made, name, { value: each, enumerable: true, configurable: true, writable: true });
    return made;
  });
const group = fc.oneof(leaf, object(leaf), object(object(leaf)), anything);

describe("is checked quickly, and takes and refuses just what the plain rule does", () => {
  const judge = (schema: z.ZodType, value: unknown) => {
    const { success, data } = schema.safeParse(value);
    return success ? { success, data, keys: keysOf(data) } : { success };
  };
  test.prop([leaf], { numRuns: 1_000 })("a scalar", (value) => {
    expect(judge(scalar, value)).toEqual(judge(plainScalar, value));
  });
  test.prop([group], { numRuns: 3_000 })("a group's value", (value) => {
    expect(judge(groupValue, value)).toEqual(judge(plainGroupValue, value));
  });
  test.prop([fc.oneof(object(group), anything)], { numRuns: 3_000 })("a record", (value) => {
    expect(judge(memberRecord, value)).toEqual(judge(plainRecord, value));
  });
});

/** Own keys at every level: `toEqual` alone sees no prototype. */
function keysOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return [Object.getPrototypeOf(value) === Object.prototype, Object.entries(value).map(([name, each]) => [name, keysOf(each)])];
}
