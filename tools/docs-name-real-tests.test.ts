import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const ANOMALIES = "docs/anomalies.md";
/** Tables that say which test shows what. A file's name is a link; the test's title follows it in «…». */
const DOCS = [ANOMALIES, "docs/reliability.md"].filter((path) => existsSync(join(ROOT, path)));
const CASES = 50;

interface NamedTest {
  readonly file: string;
  readonly title: string | undefined;
}

function rowsOf(path: string): readonly string[] {
  return readFileSync(join(ROOT, path), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));
}

/** The tests that a table's row names. */
function testsIn(doc: string, row: string): readonly NamedTest[] {
  return [...row.matchAll(/\[[^\]]+\]\(([^)#]+\.(?:test\.ts|py))\)(?:\s*«([^»]+)»)?/g)].map(([, link = "", title]) => ({
    file: relative(ROOT, resolve(ROOT, dirname(doc), link)),
    title: title?.replaceAll("\\|", "|"),
  }));
}

/** Whether a file has a test of this title. Where a template makes the title, its constant beginning will do. */
function hasTitle(source: string, title: string): boolean {
  for (let at = source.indexOf(title); at >= 0; at = source.indexOf(title, at + 1)) {
    const [before = "", after] = [source[at - 1], source.slice(at + title.length).trimStart()[0]];
    if ("\"'`".includes(before) && before !== "" && (after === before || after === "$")) return true;
    if (source.slice(0, at).endsWith("def ") && after === "(") return true;
  }
  return false;
}

/** What is wrong with it; `undefined` when it is there. */
function problemOf({ file, title }: NamedTest): string | undefined {
  if (!existsSync(join(ROOT, file))) return `${file} does not exist`;
  if (title === undefined) return `${file} is named without a title`;
  return hasTitle(readFileSync(join(ROOT, file), "utf8"), title) ? undefined : `${file} has no test «${title}»`;
}

describe.each(DOCS)("%s", (doc) => {
  test("names only tests that exist", () => {
    const named = rowsOf(doc).flatMap((row) => testsIn(doc, row));
    expect(named.length).toBeGreaterThan(0);
    expect(named.flatMap((each) => problemOf(each) ?? [])).toEqual([]);
  });
});

test("each of the fifty cases has its row, and an end-to-end test that it names carries its number", () => {
  const rows = rowsOf(ANOMALIES).flatMap((row) => {
    const number = /^\| (\d+) \|/.exec(row)?.[1];
    return number === undefined ? [] : [{ number, titles: testsIn(ANOMALIES, row).flatMap((each) => caseTitle(each) ?? []) }];
  });
  expect(rows.map(({ number }) => Number(number))).toEqual(Array.from({ length: CASES }, (_, at) => at + 1));
  const strangers = rows.flatMap(({ number, titles }) => titles.filter((title) => !numbersOf(title).includes(number)));
  expect(strangers).toEqual([]);
});

function caseTitle({ file, title }: NamedTest): string | undefined {
  return file.endsWith(".e2e.test.ts") ? title : undefined;
}

/** A title begins with the numbers of its cases: `38, 48. A flush that …`. */
function numbersOf(title: string): readonly string[] {
  return (/^[\d, ]+(?=\.)/.exec(title)?.[0] ?? "").split(", ");
}

test("a title that no file has is noticed", () => {
  const source = 'test("1. One thing.", () => {}); test(`2. Another (seed ${SEED})`, f); test("3. kill of $names at once", g);';
  expect(["1. One thing.", "2. Another (seed", "3. kill of"].filter((title) => !hasTitle(source, title))).toEqual([]);
  expect(["1. One", "2. Another", "One thing.", "4. None"].filter((title) => hasTitle(source, title))).toEqual([]);
});
