import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { costTables } from "./cost-model/cost-tables.ts";
import { ARRIVALS, monthlyCost, total, WORKLOADS } from "./cost-model/monthly-cost.ts";
import { replaceTables, tablesIn } from "./cost-model/page.ts";

const [oneByOne, inBursts, ungrouped] = ARRIVALS;
const PAGE = readFileSync(join(import.meta.dirname, "..", "docs", "performance.md"), "utf8");

test("the tables in the docs are what the program prints (else: npm run cost-model -- --write)", () => {
  expect(tablesIn(PAGE)).toBe(costTables());
});

test("to write the same tables again changes nothing", () => expect(replaceTables(PAGE, costTables())).toBe(PAGE));

describe("a bill", () => {
  test("of a million changes a day one by one, by hand", () => {
    const bill = monthlyCost({ members: 1_000_000, changesPerDay: 1_000_000 }, oneByOne);
    expect(bill.writes).toBeCloseTo((30 * (3_500_000 - 20_000) * 0.18) / 100_000, 6);
    expect(bill.reads).toBeCloseTo((30 * (1_500_000 + 192 - 50_000) * 0.06) / 100_000, 6);
    // Three messages, each of the smallest size that is billed, and an event: each published and delivered.
    expect(bill.messages).toBeCloseTo(((30_000_000 * 2 * (3_000 + 2_000) - 10 * 2 ** 30) / 2 ** 40) * 40, 6);
    expect(bill.instances).toBeCloseTo((2 * 2_592_000 - 240_000) * 0.000018 + (2 * 2_592_000 - 450_000) * 0.000002, 6);
    expect(bill.schedules).toBe(0);
  });

  test("within what is free is that of the two services that never sleep", () => {
    const bill = monthlyCost({ members: 2_200, changesPerDay: 1_000 }, oneByOne);
    expect(total(bill)).toBe(bill.instances);
  });

  test.each(WORKLOADS)("for $members members is never higher in bursts, and never higher than ungrouped", (workload) => {
    const [alone, grouped, obvious] = [oneByOne, inBursts, ungrouped].map((arrival) => total(monthlyCost(workload, arrival)));
    expect(grouped).toBeLessThanOrEqual(alone ?? 0);
    expect(alone).toBeLessThanOrEqual(obvious ?? 0);
  });

  test("grows with the changes, not with what is idle", () => {
    const of = (changesPerDay: number) => total(monthlyCost({ members: 100_000, changesPerDay }, oneByOne));
    expect(of(100_000)).toBeGreaterThan(of(50_000));
  });
});
