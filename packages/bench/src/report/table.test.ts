import { expect, test } from "vitest";
import { table } from "./table.ts";

test("columns are as wide as their widest cell, numbers to the right", () => {
  expect(
    table(
      ["arm", "changes/s"],
      [
        ["seed", "799"],
        ["member-sync push", "4,000"],
      ],
    ).split("\n"),
  ).toEqual(["arm               changes/s", "────────────────  ─────────", "seed                    799", "member-sync push      4,000"]);
});
