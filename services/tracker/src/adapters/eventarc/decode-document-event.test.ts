import { readFileSync } from "node:fs";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { DOCUMENT_EVENT_PROTO } from "@member-sync/shared/firestore/document-event-proto.ts";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { decodeDocumentEvent } from "./decode-document-event.ts";

const type = protobuf.parse(DOCUMENT_EVENT_PROTO, { keepCase: true }).root.lookupType("DocumentEvent");
const NAME = "projects/p/databases/(default)/documents/members/0101302989";

function encode(event: Record<string, unknown>): Buffer {
  return Buffer.from(type.encode(type.fromObject(event)).finish());
}

function documentWith(fields: Record<string, unknown>, name = NAME) {
  return { name, fields, updated: { seconds: 1_700_000_000, nanos: 123_456_000 } };
}

/** What a thrown SyncError says to do. */
function failure(decode: () => unknown): { readonly code: string; readonly disposition: string; readonly oversized?: true } {
  try {
    decode();
  } catch (error) {
    if (error instanceof SyncError)
      return { code: error.code, disposition: error.disposition, ...(error.details["oversized"] === true && { oversized: true }) };
    throw error;
  }
  throw new Error("it was decoded");
}

describe("an event's body", () => {
  const bytes = encode({ value: documentWith({ profile: { map: { fields: { name: { string: "Þóra" } } } } }) });
  const base64 = Buffer.from(bytes.toString("base64"));
  const twice = Buffer.from(base64.toString("base64"));

  test.each([
    ["as bytes", bytes],
    ["in base64", base64],
    ["in base64 with a line end", Buffer.from(`${base64.toString()}\n`)],
    ["in base64 twice over", twice],
  ])("is read %s", (_how, body) => {
    const change = decodeDocumentEvent(body, { "ce-time": "2023-11-14T22:13:20.5Z", "ce-authtype": "app_user", "ce-authid": "uid1" });
    expect(change).toEqual({
      kennitala: "0101302989",
      after: { data: { profile: { name: "Þóra" } }, revision: "1700000000123456000" },
      eventTime: "1700000000500000000",
      actor: { authType: "app_user", authId: "uid1" },
    });
  });

  test("tells when the document came to be, where it carries that", () => {
    const value = { ...documentWith({}), created: { seconds: 1_600_000_000, nanos: 5 } };
    expect(decodeDocumentEvent(encode({ value }), {}).after?.created).toBe("1600000000000000005");
  });

  test("cut at any byte never passes for something else, and never crashes", () => {
    const whole = encode({ value: documentWith({ a: { string: "x".repeat(50) } }), before: documentWith({ a: { integer: 1 } }) });
    for (let length = 0; length < whole.length; length += 1) {
      for (const body of [whole.subarray(0, length), Buffer.from(whole.toString("base64").slice(0, length))]) {
        try {
          const { after } = decodeDocumentEvent(body, {});
          // A cut between the two documents leaves the newer one whole.
          expect(after?.data).toEqual({ a: "x".repeat(50) });
        } catch (error) {
          expect(error).toMatchObject({ code: "message_malformed", disposition: "deadLetter" });
        }
      }
    }
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["JSON", Buffer.from('{"value":{}}')],
    ["no document", encode({ mask: { paths: ["a"] } })],
    ["a document without a time", encode({ value: { name: NAME } })],
    ["a value of no kind", encode({ value: documentWith({ a: {} }) })],
    ["noise", Buffer.from([10, 255, 255, 255, 255, 15, 1, 2, 3])],
  ])("that holds %s is malformed", (_what, body) => {
    expect(failure(() => decodeDocumentEvent(body, {}))).toEqual({ code: "message_malformed", disposition: "deadLetter" });
  });

  test.each([
    ["of a document over a member's size", encode({ value: documentWith({ a: { string: "x".repeat(600_000) } }) })],
    ["over any event's size", Buffer.alloc(5_000_000, 10)],
  ])("%s is refused before it is read", (_what, body) => {
    expect(failure(() => decodeDocumentEvent(body, {}))).toEqual({ code: "message_malformed", disposition: "deadLetter", oversized: true });
  });

  test("of a document that was too large and is small again is read", () => {
    const [large, small] = [900_000, 200_000].map((length) => documentWith({ a: { string: "x".repeat(length) } }));
    const { before, after } = decodeDocumentEvent(encode({ value: small, before: large }), {});
    expect(String(after?.data["a"])).toHaveLength(200_000);
    expect(String(before?.data["a"])).toHaveLength(900_000);
  });

  test("nested a thousand deep is malformed", () => {
    let inner: Buffer = Buffer.from([0x08, 0x01]);
    for (let depth = 0; depth < 1_000; depth += 1)
      inner = wrap(0x32, wrap(0x0a, Buffer.concat([Buffer.from([0x0a, 0x01, 0x61]), wrap(0x12, inner)])));
    const field = wrap(0x12, Buffer.concat([Buffer.from([0x0a, 0x01, 0x61]), wrap(0x12, inner)]));
    const body = wrap(0x0a, Buffer.concat([wrap(0x0a, Buffer.from(NAME)), field]));
    expect(failure(() => decodeDocumentEvent(body, {})).code).toBe("message_malformed");
  });
});

test("every kind of value has one plain form", () => {
  const fields = {
    null: { null: 0 },
    yes: { boolean: true },
    no: { boolean: false },
    zero: { integer: 0 },
    large: { integer: "9007199254740993" },
    half: { double: 0.5 },
    none: { double: Number.NaN },
    empty: { string: "" },
    at: { timestamp: { seconds: -86_400, nanos: 5_000_000 } },
    bytes: { bytes: Buffer.from([1, 2]) },
    reference: { reference: "projects/p/databases/(default)/documents/x/y" },
    geo: { geo: { latitude: 64.1 } },
    list: { array: { values: [{ string: "a" }, { null: 0 }] } },
    emptyList: { array: {} },
    map: { map: { fields: { inner: { boolean: true } } } },
    emptyMap: { map: {} },
  };
  const { after } = decodeDocumentEvent(encode({ value: documentWith(fields) }), {});
  expect(after?.data).toEqual({
    null: null,
    yes: true,
    no: false,
    zero: 0,
    large: "9007199254740993",
    half: 0.5,
    none: "NaN",
    empty: "",
    at: new Date(-86_399_995),
    bytes: Buffer.from([1, 2]),
    reference: fields.reference.reference,
    geo: { latitude: 64.1, longitude: 0 },
    list: ["a", null],
    emptyList: [],
    map: { inner: true },
    emptyMap: {},
  });
});

test("a field named __proto__ or constructor changes no prototype", () => {
  const entry = (key: string) => Buffer.concat([wrap(0x0a, Buffer.from(key)), wrap(0x12, Buffer.from([0x08, 0x01]))]);
  const times = wrap(0x22, Buffer.from([0x08, 0x01]));
  const body = wrap(
    0x0a,
    Buffer.concat([wrap(0x0a, Buffer.from(NAME)), wrap(0x12, entry("__proto__")), wrap(0x12, entry("constructor")), times]),
  );
  const { after } = decodeDocumentEvent(body, {});
  expect(Object.keys(after?.data ?? {}).sort()).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(after?.data)).toBe(Object.prototype);
});

test.each([
  ["another collection", "projects/p/databases/(default)/documents/others/0101302989"],
  ["a document below a member", `${NAME}/notes/1`],
  ["no document path", "members/0101302989"],
])("%s is no member", (_what, name) => {
  expect(failure(() => decodeDocumentEvent(encode({ value: documentWith({}, name) }), {})).code).toBe("kennitala_invalid");
});

test.each([
  ["2026-11-22T21:20:33Z", "1795382433000000000"],
  ["2026-11-22T21:20:33.123456789Z", "1795382433123456789"],
  ["2026-11-22T22:20:33.5+01:00", "1795382433500000000"],
  ["yesterday", "0"],
  [undefined, "0"],
])("the event's time %s is %s ns", (time, nanos) => {
  expect(decodeDocumentEvent(encode({ before: documentWith({}) }), { "ce-time": time }).eventTime).toBe(nanos);
});

describe("events as the emulator sent them", () => {
  const recorded = z
    .array(z.object({ name: z.string(), headers: z.record(z.string(), z.string()), body: z.string() }))
    .parse(JSON.parse(readFileSync(new URL("../../../test/fixtures/emulator-events.json", import.meta.url), "utf8")));
  const changes = new Map(recorded.map(({ name, headers, body }) => [name, decodeDocumentEvent(Buffer.from(body), headers)]));

  test("a created document has no before, a removed one no after", () => {
    expect(changes.get("created")).toMatchObject({ kennitala: "0101302989", after: { data: { profile: { name: "Þóra", gender: 0 } } } });
    expect(changes.get("created")).not.toHaveProperty("before");
    expect(changes.get("removed")).not.toHaveProperty("after");
  });

  test("each begins where the one before ended", () => {
    expect(changes.get("updated")?.before).toEqual(changes.get("created")?.after);
    expect(changes.get("merged")?.before).toEqual(changes.get("unchanged")?.after);
    expect(changes.get("removed")?.before).toEqual(changes.get("merged")?.after);
  });

  test("a write that changes nothing keeps the update time", () => {
    const unchanged = changes.get("unchanged");
    expect(unchanged?.after).toEqual(unchanged?.before);
  });
});

/** A length-delimited protobuf field. */
function wrap(tag: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest > 127 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
