import type { DocumentData, Firestore, Query } from "@google-cloud/firestore";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { ConflictStore, Page } from "../../app/ports.ts";
import type { Conflict } from "../../core/conflict.ts";
import { readConflict } from "./documents.ts";
import { COLLECTIONS, QUERIES } from "./queries.ts";
import { getDocument } from "./get-document.ts";
import { countOf, pageOf, queryOf } from "./run-query.ts";

interface ConflictFilter {
  readonly state: Conflict["state"] | "all";
  readonly memberRef?: MemberRef;
}

/** Reads `sync_conflicts`, which the hub store writes. */
export class FirestoreConflictStore implements ConflictStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async get(id: string): Promise<Conflict | undefined> {
    const document = await getDocument(this.#firestore.collection(COLLECTIONS.conflicts).doc(id));
    return document === undefined ? undefined : readConflict(document.fields);
  }

  async list(filter: ConflictFilter, cursor: string | null, limit: number): Promise<Page<Conflict>> {
    const read = { cursor, limit, read: readConflict, orderOf: (fields: DocumentData) => Number(fields["openedAt"]) };
    return pageOf(this.#queryOf(filter), read);
  }

  async countOpen(): Promise<number> {
    return countOf(queryOf(this.#firestore, QUERIES.conflictsOpen, ["open"]));
  }

  #queryOf({ state, memberRef }: ConflictFilter): Query {
    if (memberRef === undefined)
      return state === "all"
        ? queryOf(this.#firestore, QUERIES.conflicts, [])
        : queryOf(this.#firestore, QUERIES.conflictsByState, [state]);
    return state === "all"
      ? queryOf(this.#firestore, QUERIES.conflictsOfMember, [memberRef])
      : queryOf(this.#firestore, QUERIES.conflictsOfMemberByState, [memberRef, state]);
  }
}
