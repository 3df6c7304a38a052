import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { date, email, integerEnum, phone, text, UNREADABLE, type Codec } from "./codecs.ts";

const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.emailAddress(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc
    .date({ noInvalidDate: true, min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999) })
    .map((at) => at.toISOString().slice(0, 10)),
  fc.stringMatching(/^(\+|00)?[\d ()-]{3,16}$/),
  fc.constantFrom("__proto__", "constructor", "Þórður", "Þo\u0301rður", "\ud800", "\u0000"),
);
const anything = fc.oneof(scalar, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }));

const every: readonly (readonly [string, Codec])[] = [
  ["text", text({ max: 10 })],
  ["email", email()],
  ["phone", phone()],
  ["date", date()],
  ["integerEnum", integerEnum([0, 1, 2])],
];

describe.each(every)("%s: the laws of a codec", (_name, codec) => {
  test.prop([anything])("nothing that a side may hold makes it throw, and JSON carries what it gives", (raw) => {
    const { value } = codec.parse(raw);
    expect(JSON.parse(JSON.stringify(value))).toBe(value);
  });

  test.prop([anything])("what was written and read again is the same value, with the same flag", (raw) => {
    const first = codec.parse(raw);
    if (first.flag === UNREADABLE) return;
    const written: unknown = JSON.parse(JSON.stringify(first.value));
    expect(codec.parse(written)).toEqual(first);
  });

  test.prop([scalar])("a key is stable: the key of a parsed value, and of its own key", (raw) => {
    const { value } = codec.parse(raw);
    expect(codec.key(codec.key(value))).toBe(codec.key(value));
    expect(codec.key(codec.parse(codec.key(value)).value)).toBe(codec.key(value));
  });

  test.prop([fc.string({ unit: "grapheme" })])("either form of an accent is one value", (raw) => {
    const keys = [raw.normalize("NFC"), raw.normalize("NFD")].map((form) => codec.key(codec.parse(form).value));
    expect(keys[0]).toBe(keys[1]);
  });
});
