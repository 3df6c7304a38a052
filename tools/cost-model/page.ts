const BEGIN = "<!-- begin: npm run cost-model -- --write -->";
const END = "<!-- end: npm run cost-model -->";

/** The tables that stand between the two marks of a page. */
export function tablesIn(page: string): string {
  return page.slice(page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)).trim();
}

/** The page with other tables between its marks. */
export function replaceTables(page: string, tables: string): string {
  const [before, after] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  if (before < BEGIN.length || after < before) throw new Error("the page has no marks between which the tables stand");
  return `${page.slice(0, before)}\n\n${tables}\n\n${page.slice(after)}`;
}
