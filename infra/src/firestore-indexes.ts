import { firestore } from "@pulumi/gcp";

/** The only database that the services open. */
export const DATABASE = "(default)";

type Order = readonly [field: string, direction: "asc" | "desc"];

/** A composite index that a query of the reconciler needs. Firestore adds the document id by itself. */
export interface CompositeIndex {
  readonly collection: string;
  readonly fields: readonly Order[];
}

/** The reconciler's queries decide; a test compares. */
export const COMPOSITE_INDEXES: readonly CompositeIndex[] = [
  {
    collection: "sync_conflicts",
    fields: [
      ["state", "asc"],
      ["openedAt", "desc"],
    ],
  },
  {
    collection: "sync_conflicts",
    fields: [
      ["memberRef", "asc"],
      ["openedAt", "desc"],
    ],
  },
  {
    collection: "sync_conflicts",
    fields: [
      ["memberRef", "asc"],
      ["state", "asc"],
      ["openedAt", "desc"],
    ],
  },
  {
    collection: "sync_history",
    fields: [
      ["memberRef", "asc"],
      ["rev", "desc"],
    ],
  },
  {
    collection: "sync_dead_letters",
    fields: [
      ["state", "asc"],
      ["firstSeenAt", "desc"],
    ],
  },
  {
    collection: "sync_dead_letters",
    fields: [
      ["cause", "asc"],
      ["firstSeenAt", "desc"],
    ],
  },
  {
    collection: "sync_dead_letters",
    fields: [
      ["state", "asc"],
      ["cause", "asc"],
      ["firstSeenAt", "desc"],
    ],
  },
];

/** Fields that no query uses, by collection: to index them would only cost. */
export const UNINDEXED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  sync_members: ["hub"],
  sync_conflicts: ["agreed", "django", "firestore", "decision", "refusal"],
  sync_history: ["entries", "revisions", "at", "id", "format"],
  sync_dead_letters: ["letter"],
  parts: ["bytes"],
  sync_logs: ["stats"],
};

/** Creates what Firestore does not index by itself, and stops it from indexing what nobody asks for. */
export function createIndexes(): void {
  for (const { collection, fields } of COMPOSITE_INDEXES) {
    new firestore.Index(`${collection}-${fields.map(([field]) => field).join("-")}`, {
      database: DATABASE,
      collection,
      queryScope: "COLLECTION",
      fields: fields.map(([fieldPath, direction]) => ({ fieldPath, order: direction === "asc" ? "ASCENDING" : "DESCENDING" })),
    });
  }
  for (const [collection, fields] of Object.entries(UNINDEXED_FIELDS)) {
    for (const field of fields) new firestore.Field(`${collection}-${field}`, { database: DATABASE, collection, field, indexConfig: {} });
  }
}
