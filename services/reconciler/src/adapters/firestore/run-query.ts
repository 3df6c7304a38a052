import { FieldPath, type DocumentData, type Firestore, type Query, type QueryDocumentSnapshot } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { Page } from "../../app/ports.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { DOCUMENT_ID, type QuerySpec } from "./queries.ts";

/** The query of a spec, with the values that its filters compare with, in their order. */
export function queryOf(firestore: Firestore, spec: QuerySpec, values: readonly unknown[]): Query {
  invariant(values.length === spec.where.length, "a query has one value for each filter");
  let query: Query = firestore.collection(spec.collection);
  for (const [index, { field, op }] of spec.where.entries()) query = query.where(field, op, values[index]);
  for (const { field, direction } of spec.orderBy) query = query.orderBy(field === DOCUMENT_ID ? FieldPath.documentId() : field, direction);
  return query;
}

/** The documents that a query finds. */
export async function documentsOf(query: Query): Promise<readonly QueryDocumentSnapshot[]> {
  try {
    return (await query.get()).docs;
  } catch (error) {
    throw toSyncError(error);
  }
}

/** How many documents a query finds, counted by the server. */
export async function countOf(query: Query): Promise<number> {
  try {
    return (await query.count().get()).data().count;
  } catch (error) {
    throw toSyncError(error);
  }
}

/** How one page is read: the place of a document in the order, and the order's value of a place. */
interface Paging<T> {
  readonly cursor: string | null;
  readonly limit: number;
  readonly read: (data: DocumentData, id: string) => T | Promise<T>;
  readonly orderOf: (data: DocumentData) => number;
  readonly orderValue?: (at: number) => unknown;
}

/** One page of a query that is ordered by one field and then by document id. */
export async function pageOf<T>(query: Query, { cursor, limit, read, orderOf, orderValue = (at) => at }: Paging<T>): Promise<Page<T>> {
  const after = cursor === null ? undefined : decodeCursor(cursor);
  const placed = after === undefined ? query : query.startAfter(orderValue(after.at), after.id);
  const found = await documentsOf(placed.limit(limit + 1));
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = last !== undefined && found.length > limit ? encodeCursor({ at: orderOf(last.data()), id: last.id }) : null;
  return { items: await Promise.all(shown.map(async (document) => read(document.data(), document.id))), next };
}
