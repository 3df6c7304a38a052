import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { memberSync } from "../../../../member-sync.config.ts";
import { SyncError } from "../errors/sync-error.ts";
import { integerEnum, phone, text } from "./codecs.ts";
import {
  carries,
  checkValue,
  defineFieldMap,
  field,
  flagsOf,
  group,
  groupOfPath,
  mappedPaths,
  sameValue,
  toPaths,
  toRecord,
} from "./field-map.ts";

const map = memberSync.fieldMap;
const anna = {
  profile: {
    kennitala: "0101302989",
    name: "Anna Þórðardóttir",
    email: "anna@x.is",
    phone: "555-1234",
    birthday: "1930-01-01",
    gender: 0,
    facebook: null,
  },
  address: { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík", country: "IS" },
  membership: { status: "active" },
};

/** A native document with the given canonical paths in it. */
function nest(paths: Readonly<Record<string, unknown>>): unknown {
  const tree: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(paths)) {
    const [first = "", second = ""] = path.split(".");
    tree[first] = { ...tree[first], [second]: value };
  }
  return tree;
}

test.each<[string, unknown, boolean]>([
  ["a value", { profile: { email: "a@b.is" } }, true],
  ["a null", { profile: { email: null } }, true],
  ["what cannot be read", { profile: { email: [1] } }, true],
  ["a null above the path", { profile: null }, true],
  ["something that is no map above the path", { profile: "Anna" }, true],
  ["an absent field", { profile: {} }, false],
  ["an absent map", {}, false],
  ["nothing", undefined, false],
])("%s: whether the path is carried", (_what, native, isCarried) => {
  expect(carries(native, "profile.email")).toBe(isCarried);
});

describe("toRecord", () => {
  test("takes the mapped paths, group by group", () => {
    expect(toRecord(map, anna)).toEqual({
      name: "Anna Þórðardóttir",
      email: "anna@x.is",
      phone: "555-1234",
      birthday: "1930-01-01",
      gender: 0,
      facebook: null,
      address: { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" },
    });
  });

  test("keeps absent, cleared and empty apart", () => {
    expect(toRecord(map, { profile: {} })).toEqual({});
    expect(toRecord(map, { profile: { email: null, phone: "" } })).toEqual({ email: null, phone: null });
    expect(toRecord(map, { profile: null })).toEqual({
      name: null,
      email: null,
      phone: null,
      birthday: null,
      gender: null,
      facebook: null,
    });
  });

  test("fills up a group of which a part is given", () => {
    expect(toRecord(map, { address: { city: "Akureyri" } })).toEqual({ address: { street: null, postal_code: null, city: "Akureyri" } });
    expect(toRecord(map, { address: { city: null } })).toEqual({ address: null });
    expect(toRecord(map, { address: {} })).toEqual({});
    expect(toRecord(map, { address: null })).toEqual({ address: null });
  });

  test.each([[{ address: "Laugavegur 1" }], [{ address: ["x"] }], [{ address: { street: { name: "x" }, city: "y" } }]])(
    "counts what it cannot read as absent: %j",
    (native) => {
      expect(toRecord(map, native)).toEqual({});
      expect(Object.values(flagsOf(map, native))).toContain("unreadable");
    },
  );

  test.each([null, undefined, 1, "x", [], JSON.parse('{"__proto__":{"profile":{"email":"x"}},"constructor":{"prototype":{}}}')])(
    "finds nothing in %j, or all cleared in null",
    (native) => {
      const record = toRecord(map, native);
      expect(Object.values(record).every((value) => value === null)).toBe(true);
      expect(Reflect.get({}, "profile")).toBeUndefined();
    },
  );

  test("does not follow a prototype", () => {
    const odd = defineFieldMap({ a: field("constructor.name", text()), b: field("__proto__.x", text()) });
    expect(toRecord(odd, { profile: {} })).toEqual({});
  });

  test("looks no deeper than its paths", () => {
    const deep: unknown = JSON.parse(`${'{"address":'.repeat(10_000)}1${"}".repeat(10_000)}`);
    expect(toRecord(map, deep)).toEqual({});
  });

  test("names what is odd, without its value", () => {
    expect(flagsOf(map, { profile: { email: "nobody", gender: 9 } })).toEqual({
      "profile.email": "not-an-email",
      "profile.gender": "unknown-value",
    });
  });
});

describe("toPaths", () => {
  test("gives what to write, and only that", () => {
    expect(toPaths(map, { email: "b@x.is", gender: 0, phone: null })).toEqual({
      "profile.email": "b@x.is",
      "profile.gender": 0,
      "profile.phone": null,
    });
  });

  test("writes the parts of a group together", () => {
    expect(toPaths(map, { address: { city: "Akureyri" } })).toEqual({
      "address.street": null,
      "address.postal_code": null,
      "address.city": "Akureyri",
    });
    expect(toPaths(map, { address: null })).toEqual({ "address.street": null, "address.postal_code": null, "address.city": null });
  });

  test.each(["status", "constructor", "toString"])(
    "refuses a group that is not mapped, which ignoring would report as done: %s",
    (name) => {
      expect(() => toPaths(map, { [name]: "x" })).toThrow(SyncError);
    },
  );
});

describe("sameValue", () => {
  test.each([
    ["email", "A@x.is", "a@x.is", true],
    ["email", undefined, null, true],
    ["phone", "555-1234", "+354 555 1234", true],
    ["phone", "555-1234", "555-1235", false],
    ["gender", 0, null, false],
    ["birthday", "1990-05-01", "1990-05-01T00:00:00Z", true],
    ["name", "Þórður".normalize("NFD"), "Þórður", true],
    ["address", null, { street: null, postal_code: null, city: null }, true],
    ["address", { street: "a", postal_code: null, city: null }, { street: "a" }, true],
    ["address", { street: "a" }, { street: "b" }, false],
    ["address", { street: "a" }, null, false],
    ["address", "Laugavegur 1", null, false],
    ["name", { a: "x" }, null, false],
    ["unmapped", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["unmapped", undefined, null, true],
    ["unmapped", "x", "y", false],
  ] as const)("%s: %j and %j: %s", (name, a, b, isSame) => {
    expect(sameValue(map, name, a, b)).toBe(isSame);
    expect(sameValue(map, name, b, a)).toBe(isSame);
  });
});

describe("paths", () => {
  test("lead to their group", () => {
    expect(groupOfPath(map, "address.city")).toBe("address");
    expect(groupOfPath(map, "profile.kennitala")).toBeUndefined();
    expect([...mappedPaths(map)]).toContain("address.postal_code");
  });

  test("may not be mapped twice, nor lie within each other", () => {
    expect(() => defineFieldMap({ a: field("p.x", text()), b: field("p.x", phone()) })).toThrow(SyncError);
    expect(() => defineFieldMap({ a: field("p", text()), b: group({ y: ["p.x", phone()] }) })).toThrow(SyncError);
    expect(() => defineFieldMap({ life: field("p.x", integerEnum([1])) })).toThrow(SyncError);
  });
});

describe("checkValue", () => {
  test("reads a decision by the field's own codec", () => {
    expect(checkValue(map, "email", " b@x.is ")).toEqual({ ok: true, value: "b@x.is" });
    expect(checkValue(map, "address", { street: "a", city: "" })).toEqual({
      ok: true,
      value: { street: "a", postal_code: null, city: null },
    });
    expect(checkValue(map, "address", null)).toEqual({ ok: true, value: null });
  });

  test.each([
    ["email", "nobody", "not-an-email"],
    ["gender", 9, "unknown-value"],
    ["address", "Laugavegur 1", "the group's value is an object of its fields"],
    ["address", { stret: "x" }, "the group has no such field"],
    ["address", { street: {} }, "street: unreadable"],
    ["nothing", "x", "there is no such group"],
    ["__proto__", "x", "there is no such group"],
  ])("refuses for %s: %j", (name, raw, reason) => {
    expect(checkValue(map, name, raw)).toEqual({ ok: false, reason });
  });
});

describe("the laws of the field map", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.constant({}),
  );
  const native = fc.record(Object.fromEntries([...mappedPaths(map)].map((path) => [path, value])), { requiredKeys: [] }).map(nest);

  property.prop([native])("what was read, written and read again is the same record", (document) => {
    const record = toRecord(map, document);
    expect(toRecord(map, nest(toPaths(map, record)))).toEqual(record);
  });

  property.prop([native, native])("sameness is reflexive and symmetric", (left, right) => {
    const [a, b] = [toRecord(map, left), toRecord(map, right)];
    for (const name of Object.keys(map.groups)) {
      expect(sameValue(map, name, a[name], a[name])).toBe(true);
      expect(sameValue(map, name, a[name], b[name])).toBe(sameValue(map, name, b[name], a[name]));
    }
  });

  property.prop([native, native])("values are the same whose parts all have the same keys", (left, right) => {
    const [a, b] = [toRecord(map, left), toRecord(map, right)];
    for (const [name, { fields }] of Object.entries(map.groups)) {
      const [pathsOfA, pathsOfB] = [a, b].map((record) => toPaths(map, { [name]: record[name] ?? null }));
      const isSame = Object.values(fields).every(
        ({ path, codec }) => codec.key(pathsOfA?.[path] ?? null) === codec.key(pathsOfB?.[path] ?? null),
      );
      expect(sameValue(map, name, a[name], b[name])).toBe(isSame);
    }
  });

  property.prop([fc.anything({ maxDepth: 4 })])("nothing that a side may hold makes it throw", (document) => {
    expect(() => toPaths(map, toRecord(map, document))).not.toThrow();
  });
});
