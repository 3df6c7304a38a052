import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMPOSITE_INDEXES, compositeIndexOf } from "./indexes.ts";
import { INDEX_EXEMPTIONS, QUERIES, type QuerySpec } from "./queries.ts";

const queries: readonly (readonly [string, QuerySpec])[] = Object.entries(QUERIES);

function sources(): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => ({ file, text: readFileSync(new URL(file, import.meta.url), "utf8") }));
}

describe("queries", () => {
  it("are made in one place, from the declared ones", () => {
    const makers = sources().filter(({ text }) => /\.(where|orderBy|collectionGroup)\(/.test(text));
    expect(makers.map(({ file }) => file)).toEqual(["run-query.ts"]);
  });

  it("that are declared are all in use", () => {
    const text = sources()
      .map((source) => source.text)
      .join("\n");
    expect(queries.filter(([name]) => !text.includes(`QUERIES.${name}`) || name === "")).toEqual([]);
  });

  it.each(queries)("%s has its composite index, or is served by one field's own", (_, query) => {
    const index = compositeIndexOf(query);
    if (index === undefined) {
      const fields = new Set([...query.where, ...query.orderBy].map(({ field }) => field).filter((field) => field !== "__name__"));
      // None at all: a listing by document id needs no index.
      expect(fields.size).toBeLessThanOrEqual(1);
    } else {
      expect(COMPOSITE_INDEXES).toContainEqual(index);
    }
  });

  it.each(queries)("%s uses no field whose own index is turned off", (_, query) => {
    const off = INDEX_EXEMPTIONS.filter(({ collection }) => collection === query.collection).map(({ field }) => field);
    for (const { field } of [...query.where, ...query.orderBy]) expect(off).not.toContain(field);
  });
});

it("the composite indexes are these", () => {
  const written = COMPOSITE_INDEXES.map(
    ({ collection, fields }) => `${collection}: ${fields.map(({ field, direction }) => `${field} ${direction}`).join(", ")}`,
  );
  expect(written).toEqual([
    "sync_conflicts: state asc, openedAt desc",
    "sync_conflicts: memberRef asc, openedAt desc",
    "sync_conflicts: memberRef asc, state asc, openedAt desc",
    "sync_history: memberRef asc, rev desc",
    "sync_dead_letters: state asc, firstSeenAt desc",
    "sync_dead_letters: cause asc, firstSeenAt desc",
    "sync_dead_letters: state asc, cause asc, firstSeenAt desc",
  ]);
});
