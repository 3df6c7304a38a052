import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorCatalogue } from "./catalogue.ts";
import { dispositionOf, invariant, SyncError } from "./sync-error.ts";

const document = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const rows = [...document.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$/gm)];

describe("docs/errors.md", () => {
  test("lists every code with its disposition and summary, and no other", () => {
    const told = rows.map(([, code, disposition, summary]) => [code, disposition, summary]);
    expect(told).toEqual(Object.entries(errorCatalogue).map(([code, { disposition, summary }]) => [code, disposition, summary]));
  });

  test("says for each what the operator does", () => {
    expect(rows.filter(([, , , , action]) => (action ?? "").trim().length < 10)).toEqual([]);
  });
});

describe("a SyncError", () => {
  test("carries its disposition and the catalogue's words", () => {
    const error = new SyncError("message_malformed", { items: 3 }, { cause: new Error("x") });
    expect(error).toMatchObject({
      code: "message_malformed",
      disposition: "deadLetter",
      details: { items: 3 },
      message: errorCatalogue.message_malformed.summary,
    });
    expect(dispositionOf(error)).toBe("deadLetter");
  });

  test("that is none may pass, so it is tried again", () => {
    expect(dispositionOf(new Error("x"))).toBe("retry");
    expect(dispositionOf(undefined)).toBe("retry");
  });

  test("stops everything when an invariant is broken", () => {
    expect(() => invariant(true, "holds")).not.toThrow();
    expect(() => invariant(false, "does not hold")).toThrow(
      expect.objectContaining({ disposition: "fatal", details: { message: "does not hold" } }),
    );
  });
});
