import type { DocumentData, Firestore, QueryDocumentSnapshot } from "@google-cloud/firestore";
import { readConflict, readHistory, readHub } from "@member-sync/reconciler/adapters/firestore/documents.ts";
import { toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { Evidence, LedgerDeadLetter, Standing } from "@member-sync/simulation/ledger/evidence.ts";
import { fieldMapKeys } from "@member-sync/simulation/ledger/keys.ts";
import { z } from "zod";

/** Where an installation keeps what the ledger is drawn up from. */
export interface Installation {
  readonly firestore: Firestore;
  readonly django: { readonly url: string; readonly token: string };
  readonly fieldMap: FieldMap;
}

/** All that an installation holds, and how much of it is still moving. */
export interface LiveEvidence extends Omit<Evidence, "edits"> {
  /** Commands and observations under way. */
  readonly underWay: number;
  /** Members of either side that the hub has never heard of. */
  readonly unheardOf: number;
}

const letter = z.object({
  letter: z.object({
    memberRef: z.string().nullable(),
    state: z.enum(["open", "replayed", "discarded"]),
    data: z.string(),
  }),
});
const row = z.object({ ssn: z.string(), life: z.enum(["alive", "deleted", "missing"]), record: z.unknown() });
const page = z.object({ members: z.array(row), next: z.string().nullable() });
const deletable = z.object({ metadata: z.object({ deleted_at: z.unknown().optional() }).optional() });
const PAGE = 500;
const NOBODY: Standing = { life: "missing", record: {} };
/** Companies and ids that are no kennitala are nobody's member. */
const KENNITALA = /^[01238-9]\d{9}$/;

/** Reads both sides, hubs, history, conflicts and dead letters. Only what the sync's own collections name by kennitala is joined. */
export async function readEvidence(installation: Installation): Promise<LiveEvidence> {
  const { firestore, fieldMap } = installation;
  const all = async <T>(collection: string, read: (fields: DocumentData) => T): Promise<readonly T[]> =>
    (await documentsIn(firestore, collection)).map((document) => read(document.data()));
  const [rows, documents, hubs, history, conflicts, deadLetters] = await Promise.all([
    rowsOf(installation),
    documentsOf(installation),
    all("sync_members", readHub),
    all("sync_history", readHistory),
    all("sync_conflicts", readConflict),
    all("sync_dead_letters", (fields): LedgerDeadLetter => letter.parse(fields).letter),
  ]);
  const known = new Set(hubs.map(({ kennitala }) => kennitala));
  const present = new Set([...rows.keys(), ...documents.keys()].filter((id) => KENNITALA.test(id)));
  return {
    members: hubs.map(({ memberRef, kennitala }) => ({
      memberRef,
      django: rows.get(kennitala) ?? NOBODY,
      firestore: documents.get(kennitala) ?? NOBODY,
    })),
    hubs,
    history,
    conflicts,
    deadLetters,
    isWholeHistory: true,
    keyOf: fieldMapKeys(fieldMap),
    underWay: hubs.reduce((sum, { out, waiting }) => sum + Object.keys(out).length + Object.keys(waiting).length, 0),
    unheardOf: [...present].filter((kennitala) => !known.has(kennitala)).length,
  };
}

async function rowsOf({ django, fieldMap }: Installation): Promise<ReadonlyMap<string, Standing>> {
  const found = new Map<string, Standing>();
  let after: string | null = "";
  while (after !== null) {
    const response = await fetch(`${django.url}/api/sync/members/?limit=500&after=${after}`, {
      headers: { authorization: `Token ${django.token}` },
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`Django answered ${response.status} to the list of members`);
    const answer: z.infer<typeof page> = page.parse(await response.json());
    for (const { ssn, life, record } of answer.members) {
      found.set(ssn, life === "missing" ? NOBODY : { life, record: toRecord(fieldMap, record) });
    }
    after = answer.next;
  }
  return found;
}

async function documentsOf({ firestore, fieldMap }: Installation): Promise<ReadonlyMap<string, Standing>> {
  return new Map(
    (await documentsIn(firestore, "members")).map((document) => {
      const fields = document.data();
      const isAlive = (deletable.parse(fields).metadata?.deleted_at ?? null) === null;
      return [document.id, { life: isAlive ? "alive" : "deleted", record: toRecord(fieldMap, fields) }];
    }),
  );
}

/** Page by page: a history grows long, and every call has a deadline. */
async function documentsIn(firestore: Firestore, collection: string): Promise<readonly QueryDocumentSnapshot[]> {
  const found: QueryDocumentSnapshot[] = [];
  const byName = firestore.collection(collection).orderBy("__name__").limit(PAGE);
  for (;;) {
    const last = found.at(-1);
    const { docs } = await (last === undefined ? byName : byName.startAfter(last.id)).get();
    found.push(...docs);
    if (docs.length < PAGE) return found;
  }
}
