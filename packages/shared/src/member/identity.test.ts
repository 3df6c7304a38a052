import { createHmac } from "node:crypto";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { memberRefOf } from "./member-ref.ts";
import { compareRevisions, revision } from "./revision.ts";
import { otherSide } from "./side.ts";

/** Base32 of RFC 4648 by its bits, written otherwise than the code under test. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => "abcdefghijklmnopqrstuvwxyz234567".charAt(Number.parseInt(five, 2))).join("");
}

describe("a member reference", () => {
  property.prop([fc.string({ minLength: 16 }), fc.stringMatching(/^\d{10}$/)])(
    "is the beginning of a keyed hash in base32",
    (key, kennitala) => {
      expect(memberRefOf(key, kennitala)).toBe(base32(createHmac("sha256", key).update(kennitala).digest()).slice(0, 20));
    },
  );

  test("stays the same for ever", () => expect(memberRefOf("key", "0101302989")).toMatchInlineSnapshot(`"pnkf7ob36rqhqa2i2wmg"`));

  test("is another under another key", () => expect(memberRefOf("a", "0101302989")).not.toBe(memberRefOf("b", "0101302989")));
});

describe("revisions", () => {
  property.prop([fc.bigInt({ min: 0n, max: 99_999_999_999_999_999_999n }), fc.bigInt({ min: 0n, max: 99_999_999_999_999_999_999n })])(
    "compare as numbers",
    (a, b) => {
      expect(Math.sign(compareRevisions(String(a), String(b)))).toBe(a < b ? -1 : Number(a > b));
      expect(revision.safeParse(String(a)).success).toBe(true);
    },
  );

  test.each(["", "01", "-1", "1.5", "1e3", "x", "1".repeat(21)])("are no %j", (value) =>
    expect(revision.safeParse(value).success).toBe(false),
  );
});

test("each side has its other", () => expect([otherSide("django"), otherSide("firestore")]).toEqual(["firestore", "django"]));
