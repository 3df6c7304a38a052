import type { DocumentReference, Firestore } from "@google-cloud/firestore";
import { toSyncError } from "@member-sync/shared/firestore/client.ts";
import type { Page, Run, RunLog } from "../../app/ports.ts";
import { abandonedRun, takeLease } from "../run-lease.ts";
import { replaceDocument } from "./conditional-write.ts";
import { getDocument } from "./get-document.ts";
import { COLLECTIONS, QUERIES } from "./queries.ts";
import { leaseFields, readLease, readRun, runFields, startedAt, toTimestamp } from "./run-document.ts";
import { pageOf, queryOf } from "./run-query.ts";

/** Runs in `sync_logs`; who runs now in `sync_control/lease-<type>`. */
export class FirestoreRunLog implements RunLog {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async begin(run: Run, leaseMs: number): Promise<Run | null> {
    let formerId: string | undefined;
    const begunAt = await replaceDocument(this.#leaseRef(run.type), (stored) => {
      const held = readLease(stored?.fields);
      const lease = takeLease(held, run, leaseMs);
      formerId = held?.runId;
      if (lease === null) return null;
      return { fields: leaseFields(lease), along: (batch) => batch.set(this.#runRef(run.id), runFields(run)) };
    });
    if (begunAt === null) return null;
    if (formerId !== undefined && formerId !== run.id) await this.#abandon(formerId, run.started_at);
    return run;
  }

  async finish(run: Run): Promise<void> {
    const givenBackAt = await replaceDocument(this.#leaseRef(run.type), (stored) => {
      if (readLease(stored?.fields)?.runId !== run.id) return null;
      return { fields: leaseFields(undefined), along: (batch) => batch.set(this.#runRef(run.id), runFields(run)) };
    });
    if (givenBackAt === null) await this.#write(run);
  }

  async list(cursor: string | null, limit: number): Promise<Page<Run>> {
    const query = queryOf(this.#firestore, QUERIES.runs, []);
    return pageOf(query, { cursor, limit, read: readRun, orderOf: startedAt, orderValue: toTimestamp });
  }

  async #abandon(id: string, at: number): Promise<void> {
    const former = await getDocument(this.#runRef(id));
    if (former === undefined) return;
    const run = readRun(former.fields, id);
    if (run.status === "running") await this.#write(abandonedRun(run, at));
  }

  async #write(run: Run): Promise<void> {
    try {
      await this.#runRef(run.id).set(runFields(run));
    } catch (error) {
      throw toSyncError(error);
    }
  }

  #runRef(id: string): DocumentReference {
    return this.#firestore.collection(COLLECTIONS.logs).doc(id);
  }

  #leaseRef(type: Run["type"]): DocumentReference {
    return this.#firestore.collection(COLLECTIONS.control).doc(`lease-${type}`);
  }
}
