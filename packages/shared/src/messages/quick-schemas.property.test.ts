import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { applyCommand } from "./apply-command.ts";
import { observation } from "./observation.ts";
import { quickSchemas } from "./quick-schemas.ts";
import { sampleCommand, sampleObservation } from "./sample.fixture.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\u0000", "a\u0000b", "\ud800", "b\udc00", "😀"));
const leaf = fc.oneof(text, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
const key = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("from", "to", "name", "__proto__", "constructor"));

/** JSON text of an object: its keys may be any, `__proto__` too. */
const object = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map((entries) => `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${each}`).join(",")}}`);
const leafText = fc.oneof(
  leaf.map((value) => JSON.stringify(value)),
  fc.constant("1e999"),
);
const group = fc.oneof(leafText, object(leafText));
const anything = fc.oneof(
  group,
  object(object(leafText)),
  object(group),
  fc.jsonValue().map((value) => JSON.stringify(value)),
);
const record = fc.oneof(object(group), object(anything), anything);

/** An item in which these members stand as their text says. */
const withText = (item: object, texts: Readonly<Record<string, string>>): unknown =>
  JSON.parse(
    Object.entries(texts).reduce((json, [name, each]) => `${json.slice(0, -1)},${JSON.stringify(name)}:${each}}`, JSON.stringify(item)),
  );

describe("what the quick schema takes, the real one takes too, and makes the same of it", () => {
  test.prop([record, fc.option(record, { nil: undefined })], { numRuns: 3_000 })("an observation", (values, changes) => {
    const raw = withText(sampleObservation(), { record: values, ...(changes !== undefined && { changed: changes }) });
    const quick = quickSchemas["member-change.v1"].safeParse(raw);
    if (quick.success) expect(JSON.stringify(observation.parse(raw))).toBe(JSON.stringify(quick.data));
  });

  test.prop([record], { numRuns: 2_000 })("a command", (values) => {
    const raw = withText(sampleCommand(), { groups: values });
    const quick = quickSchemas["member-apply.v1"].safeParse(raw);
    if (quick.success) expect(JSON.stringify(applyCommand.parse(raw))).toBe(JSON.stringify(quick.data));
  });

  test("and it takes what is in order", () => {
    const changes = { email: { from: "a@x.is", to: null }, address: { to: { street: "Laugavegur 1", city: null } } };
    expect(quickSchemas["member-change.v1"].safeParse(sampleObservation({ changed: changes })).success).toBe(true);
    expect(quickSchemas["member-apply.v1"].safeParse(sampleCommand()).success).toBe(true);
  });
});
