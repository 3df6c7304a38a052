import { describe, expect, test } from "vitest";
import { OUTCOMES, RULES } from "../services/reconciler/src/core/history.ts";
import { LIFE_RULES } from "../services/reconciler/src/core/life-table.ts";
import { rulesPage, rulesPageInDocs } from "./rules-page.ts";

describe("the page of the rules", () => {
  test("is what the lists say (else: npm run rules -- --write)", () => expect(rulesPageInDocs()).toBe(rulesPage()));

  test.each([...OUTCOMES, ...RULES, ...LIFE_RULES])("has a line for %s", (word) => {
    expect(rulesPageInDocs()).toContain(`| \`${word}\` | `);
  });
});
