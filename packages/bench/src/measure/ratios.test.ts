import { expect, test } from "vitest";
import { ratiosTo } from "./ratios.ts";

test("arms are compared within their round, so that a slow minute of the machine tells nothing", () => {
  const measured = [
    { label: "seed", round: 0, value: 100 },
    { label: "seed", round: 1, value: 50 },
    { label: "member-sync push", round: 0, value: 400 },
    { label: "member-sync push", round: 1, value: 250 },
    { label: "member-sync push", round: 2, value: 999 },
  ];
  expect(ratiosTo(measured, "member-sync push", "seed")).toEqual({ median: 4.5, min: 4, max: 5 });
  expect(ratiosTo(measured, "seed", "floor push")).toBeUndefined();
});
