import { describe, expect, test } from "vitest";
import { parseKennitala } from "./kennitala.ts";

describe("a kennitala", () => {
  test.each([
    ["010130-2989", "0101302989"],
    ["010130 2989", "0101302989"],
    ["  0101302989\n", "0101302989"],
    ["010130–2989", "0101302989"],
    ["０１０１３０２９８９", "0101302989"],
  ])("is one member however it is typed: %j", (raw, kennitala) => {
    expect(parseKennitala(raw)).toEqual({ ok: true, kennitala });
  });

  test.each(["0101302900", "0101302910", "0101302920"])("is accepted whatever its check digit: %s", (raw) => {
    expect(parseKennitala(raw).ok).toBe(true);
  });

  test.each(["8101302989", "9999999999", "987654-3210"])("may be temporary, with no date in it: %s", (raw) => {
    expect(parseKennitala(raw).ok).toBe(true);
  });

  test.each(["4101302989", "5502692829", "710269-2829"])("of a company is refused with the reason: %s", (raw) => {
    expect(parseKennitala(raw)).toEqual({ ok: false, reason: "the kennitala is a company's" });
  });

  test.each([
    "3201302989",
    "0013302989",
    "0113302989",
    "0101302985",
    "010130298",
    "01013029899",
    "abc",
    "",
    "__proto__",
    101302989,
    null,
    undefined,
    {},
  ])("is refused when it is none: %j", (raw) => {
    expect(parseKennitala(raw).ok).toBe(false);
  });

  test("is never repeated in the reason", () => {
    const result = parseKennitala("010130-298X");
    expect(JSON.stringify(result)).not.toMatch(/\d/);
  });
});
