import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { deadLetterNotice } from "./dead-letter.ts";
import { MAX_BYTES, MAX_ITEMS, packEnvelopes, readEnvelope } from "./envelope.ts";
import { delivered, sampleCommand, sampleObservation } from "./sample.fixture.ts";

const read = (data: string, attributes: Readonly<Record<string, string>> = {}) =>
  readEnvelope("member-change.v1", delivered({ data, attributes }));
const envelope = (items: readonly unknown[], over: object = {}) =>
  JSON.stringify({ schema: "member-change.v1", envelopeId: "e1", side: "django", items, ...over });
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");

describe("fixtures of v1 parse for ever", () => {
  test.each(["member-change.v1", "member-apply.v1"] as const)("%s", (schema) => {
    const { envelopeId, side, items, unreadable } = readEnvelope(schema, delivered({ data: fixture(schema), attributes: {} }));
    expect(unreadable).toEqual([]);
    expect({ schema, envelopeId, side, items }).toEqual(JSON.parse(fixture(schema)));
  });

  test("dead-letter.v1", () => {
    const raw: unknown = JSON.parse(fixture("dead-letter.v1"));
    expect(deadLetterNotice.parse(raw)).toEqual(raw);
  });
});

describe("packEnvelopes", () => {
  test("and readEnvelope give back what went in, with its attributes and no kennitala among them", () => {
    const items = [sampleObservation(), sampleObservation({ revision: "2", record: {} })];
    const [message, ...others] = packEnvelopes("member-change.v1", "django", items);
    expect(others).toEqual([]);
    expect(message?.attributes).toEqual({ schema: "member-change.v1", side: "django", envelopeId: expect.any(String), items: "2" });
    expect(message === undefined ? undefined : readEnvelope("member-change.v1", delivered(message))).toEqual({
      envelopeId: message?.attributes["envelopeId"],
      side: "django",
      items,
      unreadable: [],
    });
  });

  test("keeps to 250 items, in order", () => {
    const items = Array.from({ length: 2 * MAX_ITEMS + 1 }, (_, index) => sampleCommand({ writeId: `w${index}` }));
    const messages = packEnvelopes("member-apply.v1", "firestore", items);
    expect(messages.map(({ attributes }) => attributes["items"])).toEqual(["250", "250", "1"]);
    expect(messages.flatMap((message) => readEnvelope("member-apply.v1", delivered(message)).items)).toEqual(items);
  });

  test("keeps to one megabyte of UTF-8", () => {
    const items = Array.from({ length: 40 }, (_, index) =>
      sampleObservation({ revision: `${index}`, record: { name: "Þ".repeat(30_000) } }),
    );
    const messages = packEnvelopes("member-change.v1", "django", items);
    expect(messages.length).toBe(3);
    expect(messages.every(({ data }) => Buffer.byteLength(data) <= MAX_BYTES)).toBe(true);
    expect(messages.flatMap((message) => readEnvelope("member-change.v1", delivered(message)).items)).toHaveLength(40);
  });

  test("of nothing is no message", () => expect(packEnvelopes("member-change.v1", "django", [])).toEqual([]));

  test("sends an item that is too large alone, to be dead-lettered", () => {
    const large = sampleObservation({ record: { name: "x".repeat(MAX_BYTES) } });
    const messages = packEnvelopes("member-change.v1", "django", [sampleObservation(), large, sampleObservation()]);
    expect(messages.map((message) => readEnvelope("member-change.v1", delivered(message)).unreadable.map(({ cause }) => cause))).toEqual([
      [],
      ["oversized"],
      [],
    ]);
  });
});

describe("a message that cannot be read is returned whole, with its cause", () => {
  test.each([
    ["malformed", ""],
    ["malformed", "{"],
    ["malformed", "base64:/w=="],
    ["unknown-version", "null"],
    ["unknown-version", "[]"],
    ["unknown-version", "{}"],
    ["unknown-version", envelope([sampleObservation()], { schema: "member-change.v99" })],
    ["unknown-version", envelope([sampleCommand()], { schema: "member-apply.v1" })],
    ["malformed", envelope([])],
    ["malformed", envelope(Array.from({ length: 251 }, () => sampleObservation()))],
    ["malformed", envelope([sampleObservation()], { side: "mars" })],
    ["malformed", envelope([sampleObservation()], { more: 1 })],
    ["malformed", envelope([sampleObservation()], { items: { length: 1 } })],
    ["malformed", envelope([sampleObservation()]).replace("{", '{"__proto__":{"side":"django"},')],
    ["oversized", envelope([sampleObservation({ record: { name: "Þ".repeat(MAX_BYTES / 2) } })])],
  ])("%s: %.60s", (cause, data) => {
    const result = read(data);
    expect(result).toMatchObject({ items: [], unreadable: [{ cause, text: data }] });
    expect(result.unreadable).toHaveLength(1);
  });

  test("though its attribute names a version that we know", () => {
    expect(read(envelope([sampleObservation()], { schema: "member-change.v2" }), { schema: "member-change.v1" }).unreadable[0]?.cause).toBe(
      "unknown-version",
    );
  });
});

describe("one item never fails another", () => {
  const good = sampleObservation();

  test.each<[string, unknown]>([
    ["no object", "x"],
    ["an unknown field", { ...good, status: "active" }],
    ["a wrong revision", { ...good, revision: "01" }],
    ["a kennitala with a dash", { ...good, kennitala: "010130-2989" }],
    ["another side", { ...good, side: "firestore" }],
    ["a nested value", { ...good, record: { address: { street: { name: "x" } } } }],
    ["an array for a record", { ...good, record: ["x"] }],
    ["a fraction of a millisecond", { ...good, changedAt: 1.5 }],
    ["NUL", { ...good, record: { name: "a\u0000b" } }],
    ["a lone surrogate", { ...good, record: { name: "a\ud800b" } }],
    ["NUL within a group", { ...good, record: { address: { street: "\u0000" } } }],
  ])("%s", (_name, bad) => {
    const result = read(envelope([good, bad, good]));
    expect(result.items).toEqual([good, good]);
    expect(result.unreadable).toEqual([{ cause: "invalid-item", reason: expect.any(String), text: JSON.stringify(bad) }]);
  });

  test("and the reason names place and rule, never a value", () => {
    const { unreadable } = read(
      envelope([{ ...good, kennitala: "010130-298X", life: "Anna", "0101302989": 1, changed: { "0101302989": 5 } }]),
    );
    expect(unreadable[0]?.reason).toMatch(/kennitala: invalid_format/);
    expect(unreadable[0]?.reason).not.toMatch(/010130|Anna/);
  });
});

describe("hostile content", () => {
  test.each(["__proto__", "constructor", "prototype"])("a group named %s pollutes nothing", (name) => {
    const data = envelope([sampleObservation()]).replace('"record":{', `"record":{"${name}":{"polluted":true},`);
    const { items, unreadable } = read(data);
    expect(items.length + unreadable.length).toBe(1);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    for (const item of items) expect(Object.getPrototypeOf(item.record)).toBe(Object.prototype);
  });

  test.each([10_000, 100_000])("nesting %i deep ends as a reason", (depth) => {
    const deep = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    for (const data of [
      deep,
      envelope([]).replace('"items":[', `"items":[${deep}`),
      envelope([sampleObservation()]).replace('"record":{', `"record":{"deep":${deep},`),
    ]) {
      const { items, unreadable } = read(data);
      expect(items).toEqual([]);
      expect(unreadable).toHaveLength(1);
    }
  });

  test("20,000 fields end in good time", () => {
    const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`g${index}`, "x"]));
    const startedAt = performance.now();
    read(envelope([sampleObservation({ record: fields })]));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
