import { DOCUMENT_ID, QUERIES, type QueryOrder, type QuerySpec } from "./queries.ts";

/** A composite index, fields in order; Firestore adds the document id by itself, in the last field's direction. */
export interface CompositeIndex {
  readonly collection: string;
  readonly fields: readonly QueryOrder[];
}

/** The composite index that a query needs, or `undefined` when the automatic one of a single field serves it. */
export function compositeIndexOf(query: QuerySpec): CompositeIndex | undefined {
  const ordered = query.orderBy.filter(({ field }) => field !== DOCUMENT_ID);
  const filtered = query.where
    .filter(({ field }) => !ordered.some((order) => order.field === field))
    .map(({ field }): QueryOrder => ({ field, direction: "asc" }));
  // Equalities alone are joined from the automatic indexes, whatever their number.
  if (ordered.length === 0 || filtered.length + ordered.length < 2) return undefined;
  return { collection: query.collection, fields: [...filtered, ...ordered] };
}

/** What must be deployed for the queries to run. */
export const COMPOSITE_INDEXES: readonly CompositeIndex[] = Object.values(QUERIES).flatMap((query) => compositeIndexOf(query) ?? []);
