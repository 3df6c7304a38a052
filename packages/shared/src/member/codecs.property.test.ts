import { fc, test } from "@fast-check/vitest";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
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

describe("text", () => {
  const latin = fc.string({ unit: fc.nat(0x180).map((code) => String.fromCharCode(code)), maxLength: 12 });

  test.prop([fc.oneof(latin, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }))], { numRuns: 1_000 })(
    "is kept without NUL, well-formed, composed and trimmed; nothing is null",
    (raw) => {
      const normal = raw.replaceAll("\u0000", "").toWellFormed().normalize("NFC").trim();
      expect(text().parse(raw).value).toBe(normal === "" ? null : normal);
      expect(text().key(raw)).toBe(normal === "" ? null : normal);
    },
  );
});

describe("date", () => {
  test.prop([fc.oneof(fc.stringMatching(/^\d{4}-\d{2}-\d{2}$/), scalar)])("its key is the value that it is read as", (raw) => {
    expect(date().key(raw)).toBe(date().parse(raw).value);
  });
});

describe("phone", () => {
  const usual = fc.stringMatching(/^(\+354[ -]?)?[4-8]\d\d[ -]?\d{4}$/);
  const nearly = fc.stringMatching(/^(\+?354|00354)?[ -]{0,2}[0-9]{3}[ -]{0,2}\d{3,5}$/);

  test.prop([fc.oneof(usual, nearly)], { numRuns: 500 })("a number written as usual is read as the library reads it", (value) => {
    const number = parsePhoneNumberFromString(value, { defaultCountry: "IS", extract: false });
    const isNumber = number !== undefined && number.isPossible();
    expect(phone().parse(value).flag).toBe(isNumber ? undefined : "not-a-phone");
    if (isNumber) expect(phone().key(value)).toBe(number.number);
  });
});
