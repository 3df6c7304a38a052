import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { costTables } from "./cost-model/cost-tables.ts";
import { replaceTables } from "./cost-model/page.ts";

/** Prints what a month costs, by size and by how changes arrive; with `--write`, into the docs. Prices: `cost-model/prices.ts`. */
const page = join(import.meta.dirname, "..", "docs", "performance.md");
if (process.argv.includes("--write")) writeFileSync(page, replaceTables(readFileSync(page, "utf8"), costTables()));
else console.log(costTables());
