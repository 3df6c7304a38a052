import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIFE_TABLE, HUB_LIVES } from "../services/reconciler/src/core/life-table.ts";
import {
  CAUSE_MEANINGS,
  FACT_MEANINGS,
  LIFE_RULE_MEANINGS,
  OUTCOME_MEANINGS,
  RULE_MEANINGS,
} from "../services/reconciler/src/core/meanings.ts";

/** `docs/rules.md`: prints it; with `--write`, writes it. */
export const RULES_PAGE = join(import.meta.dirname, "..", "docs", "rules.md");

export function rulesPage(): string {
  return [
    "# The rules\n",
    "What the planner says of an observation, in its own words. This page is made of the lists in",
    "`services/reconciler/src/core/meanings.ts` and `life-table.ts` (`npm run rules -- --write`); a test compares the two.",
    "The planner reads in this order: an observation is interpreted as facts; each fact is decided, and what is decided are",
    "outcomes; the hub evolves by them; at the end commands are emitted for what a side has not seen.\n",
    ...section("Facts", "fact", "meaning", FACT_MEANINGS),
    ...section("Outcomes in the history", "outcome", "meaning", OUTCOME_MEANINGS),
    ...section("Rules in the history", "rule", "meaning", RULE_MEANINGS),
    ...section("Causes of conflicts", "cause", "why a person is asked", CAUSE_MEANINGS),
    ...section("Rules of a member's life", "rule", "meaning", LIFE_RULE_MEANINGS),
    "## The life table\n",
    "Whose word, what we knew there, what is there now, and what the hub says of the life.\n",
    `| side | known | now | ${HUB_LIVES.join(" | ")} |`,
    `| --- | --- | --- | ${HUB_LIVES.map(() => "---").join(" | ")} |`,
    ...lifeRows(),
    "",
  ].join("\n");
}

function section(title: string, word: string, meaning: string, list: Readonly<Record<string, string>>): readonly string[] {
  const rows = Object.entries(list).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return [`## ${title}\n`, `| ${word} | ${meaning} |`, "| --- | --- |", ...rows, ""];
}

function lifeRows(): readonly string[] {
  return Object.entries(LIFE_TABLE).flatMap(([side, byKnown]) =>
    Object.entries(byKnown).flatMap(([known, byNow]) =>
      Object.entries(byNow).map(([now, row]) => `| ${side} | ${known} | ${now} | ${HUB_LIVES.map((hub) => row[hub]).join(" | ")} |`),
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes("--write")) writeFileSync(RULES_PAGE, rulesPage());
  else console.log(rulesPage());
}

/** The page as it stands in the docs. */
export function rulesPageInDocs(): string {
  return readFileSync(RULES_PAGE, "utf8");
}
