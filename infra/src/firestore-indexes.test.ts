import { expect, it } from "vitest";
import * as reconciler from "../../services/reconciler/src/adapters/firestore/indexes.ts";
import { INDEX_EXEMPTIONS } from "../../services/reconciler/src/adapters/firestore/queries.ts";
import { allOf, declareEstate } from "./estate.fixture.ts";
import { COMPOSITE_INDEXES, UNINDEXED_FIELDS } from "./firestore-indexes.ts";

const estate = await declareEstate();

it("declares the composite indexes that the reconciler's queries need, and no other", () => {
  const wanted = reconciler.COMPOSITE_INDEXES.map(({ collection, fields }) => ({
    collection,
    fields: fields.map(({ field, direction }) => [field, direction]),
  }));
  expect(asSet(COMPOSITE_INDEXES)).toEqual(asSet(wanted));
});

it("leaves unindexed what the reconciler never asks for, and nothing else", () => {
  const declared = Object.entries(UNINDEXED_FIELDS).flatMap(([collection, fields]) => fields.map((field) => ({ collection, field })));
  expect(asSet(declared)).toEqual(asSet(INDEX_EXEMPTIONS));
});

it("creates each of them in the database that the services open", () => {
  const indexes = allOf(estate, "gcp:firestore/index:Index");
  expect(indexes.size).toBe(COMPOSITE_INDEXES.length);
  expect(indexes.get("sync_conflicts-memberRef-state-openedAt")).toEqual({
    database: "(default)",
    collection: "sync_conflicts",
    queryScope: "COLLECTION",
    fields: [
      { fieldPath: "memberRef", order: "ASCENDING" },
      { fieldPath: "state", order: "ASCENDING" },
      { fieldPath: "openedAt", order: "DESCENDING" },
    ],
  });
  expect(allOf(estate, "gcp:firestore/field:Field").get("sync_members-hub")).toEqual({
    database: "(default)",
    collection: "sync_members",
    field: "hub",
    indexConfig: {},
  });
});

function asSet(list: readonly object[]): readonly string[] {
  return list.map((one) => JSON.stringify(one)).toSorted();
}
