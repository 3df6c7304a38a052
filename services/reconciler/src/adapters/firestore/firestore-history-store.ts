import type { Firestore } from "@google-cloud/firestore";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { HistoryStore, Page } from "../../app/ports.ts";
import type { HistoryRecord } from "../../core/history.ts";
import { readHistory } from "./documents.ts";
import { QUERIES } from "./queries.ts";
import { pageOf, queryOf } from "./run-query.ts";

/** Reads `sync_history`, which the hub store writes, in the order of the member's commits. */
export class FirestoreHistoryStore implements HistoryStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async timeline(memberRef: MemberRef, cursor: string | null, limit: number): Promise<Page<HistoryRecord>> {
    const query = queryOf(this.#firestore, QUERIES.timeline, [memberRef]);
    return pageOf(query, { cursor, limit, read: readHistory, orderOf: (fields) => Number(fields["rev"]) });
  }
}
