import { describe, expect, test } from "vitest";
import { date, email, integerEnum, phone, text, UNREADABLE, type Codec } from "./codecs.ts";

const isSame = (codec: Codec, a: unknown, b: unknown) => codec.key(codec.parse(a).value) === codec.key(codec.parse(b).value);

const every: readonly (readonly [string, Codec])[] = [
  ["text", text()],
  ["email", email()],
  ["phone", phone()],
  ["date", date()],
  ["integerEnum", integerEnum([0, 1, 2])],
];

describe.each(every)("%s", (_name, codec) => {
  test.each([null, undefined, "", "  ", "\n"])("takes %j for cleared", (raw) => {
    expect(codec.parse(raw)).toEqual({ value: null });
    expect(codec.key(null)).toBeNull();
  });

  test.each([[{}], [[]], [{ constructor: 1 }], [() => 1], [Symbol("x")], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    "cannot read %s, and says so",
    (raw) => {
      expect(codec.parse(raw)).toEqual({ value: null, flag: UNREADABLE });
    },
  );
});

describe("text", () => {
  test("is equal in either form of an accent", () => {
    const name = "Þórður Ægir Öxndal Ýr Íó";
    expect(text().parse(name.normalize("NFD")).value).toBe(name.normalize("NFC"));
    expect(isSame(text(), name.normalize("NFD"), name.normalize("NFC"))).toBe(true);
  });

  test.each(["O'Brien", "d’Arc", "Þ".repeat(250), "<b>&amp;", "false", "0"])("is kept as typed: %j", (value) => {
    expect(text({ max: 250 }).parse(value)).toEqual({ value });
  });

  test("is trimmed, and keeps what is inside", () => {
    expect(text().parse("  Jón   Jónsson\n")).toEqual({ value: "Jón   Jónsson" });
  });

  test("that is too long is flagged, never cut; a character outside the first plane counts once", () => {
    expect(text({ max: 3 }).parse("abcd")).toEqual({ value: "abcd", flag: "too-long" });
    expect(text({ max: 3 }).parse("a🙂b")).toEqual({ value: "a🙂b" });
  });

  test("holds nothing that a database or the wire refuses", () => {
    expect(text().parse("a\u0000b").value).toBe("ab");
    expect(text().parse("a\ud800b").value).toBe("a\ufffdb");
  });

  test.each([
    [false, "false"],
    [0, "0"],
    [12n, "12"],
  ])("%s counts as its text", (raw, value) => {
    expect(text().parse(raw)).toEqual({ value });
  });
});

describe("email", () => {
  test("is equal in capitals, and kept as typed", () => {
    expect(email().parse(" Anna@Dæmi.IS ")).toEqual({ value: "Anna@Dæmi.IS" });
    expect(isSame(email(), "Anna@Dæmi.IS", "anna@dæmi.is")).toBe(true);
    expect(isSame(email(), "anna@x.is", "anna@y.is")).toBe(false);
  });

  test.each(["anna", "a@b", "a b@c.is", "@x.is"])("that is none is kept and flagged: %j", (value) => {
    expect(email().parse(value)).toEqual({ value, flag: "not-an-email" });
  });
});

describe("phone", () => {
  const ways = [
    "+354 555 1234",
    "00354 555 1234",
    "003545551234",
    "555-1234",
    "5551234",
    "354 555 1234",
    " 555 12 34 ",
    "555–1234",
    "+354-5551234",
  ];

  test.each(ways)("is the same number as it was, and kept as typed: %j", (way) => {
    expect(phone().parse(way)).toEqual({ value: way.trim() });
    expect(isSame(phone(), way, "+3545551234")).toBe(true);
  });

  test("from abroad keeps its country", () => {
    expect(isSame(phone(), "+44 20 7946 0958", "0044 2079460958")).toBe(true);
    expect(isSame(phone(), "+45 55 51 23 40", "+354 555 1234")).toBe(false);
  });

  test("with another extension is another number", () => {
    expect(isSame(phone(), "555 1234 x1", "555 1234 x2")).toBe(false);
  });

  test.each(["hringja í mömmu", "555-1234 (heima)", "123", "+354", "5551234/5551235"])(
    "that is none is kept and flagged, and equals itself: %j",
    (value) => {
      expect(phone().parse(value)).toEqual({ value, flag: "not-a-phone" });
      expect(isSame(phone(), value, ` ${value}`)).toBe(true);
      expect(isSame(phone(), value, "5551234")).toBe(false);
    },
  );
});

describe("date", () => {
  test.each([
    ["text", "1990-05-01"],
    ["text with a time", "1990-05-01T00:00:00Z"],
    ["text with a time in another zone: what it shows", "1990-05-01T00:30:00+14:00"],
    ["a Date", new Date("1990-05-01T00:00:00Z")],
    ["the end of the day in UTC", new Date("1990-05-01T23:59:59.999Z")],
    ["a Firestore timestamp as JSON", { seconds: 641_520_000, nanoseconds: 5 }],
    ["a timestamp with underscores", { _seconds: 641_520_000, _nanoseconds: 0 }],
    ["a timestamp of protobuf's JSON", { seconds: "641520000" }],
    ["a timestamp by its method", { toDate: () => new Date(641_520_000_000) }],
  ])("is a calendar date, never shifted: %s", (_name, raw) => {
    expect(date().parse(raw)).toEqual({ value: "1990-05-01" });
  });

  test("before 1970 and on a leap day", () => {
    expect(date().parse({ seconds: -1 })).toEqual({ value: "1969-12-31" });
    expect(date().parse("2024-02-29")).toEqual({ value: "2024-02-29" });
  });

  test.each(["1990-02-31", "1.5.1990", "2023-02-29", "0000-01-01", "maí 1990", "1990-13-01"])(
    "that is none is kept and flagged: %j",
    (value) => {
      expect(date().parse(value)).toEqual({ value, flag: "not-a-date" });
    },
  );

  test.each([[new Date(Number.NaN)], [{ seconds: 1e300 }], [{ toDate: () => "x" }]])("that cannot be read clears nothing", (raw) => {
    expect(date().parse(raw).flag).toBe(UNREADABLE);
  });

  test("whose method throws clears nothing", () => {
    const broken = {
      toDate: () => {
        throw new RangeError("no");
      },
    };
    expect(date().parse(broken).flag).toBe(UNREADABLE);
  });
});

describe("integerEnum", () => {
  const gender = integerEnum([0, 1, 2]);

  test.each([
    [0, 0],
    [-0, 0],
    [1, 1],
    ["2", 2],
    [" 0 ", 0],
    [2n, 2],
  ])("reads %s", (raw, value) => {
    expect(Object.is(gender.parse(raw).value, value)).toBe(true);
    expect(gender.parse(raw)).not.toHaveProperty("flag");
  });

  test("tells 0 from cleared", () => {
    expect(isSame(gender, 0, null)).toBe(false);
    expect(isSame(gender, 0, "0")).toBe(true);
  });

  test.each([
    [7, 7, "unknown-value"],
    ["9", 9, "unknown-value"],
    ["karl", "karl", "not-a-number"],
    [1.5, 1.5, "not-a-number"],
    [false, false, "not-a-number"],
  ])("keeps and flags %s", (raw, value, flag) => {
    expect(gender.parse(raw)).toEqual({ value, flag });
  });
});
