import type { DocumentData, Firestore } from "@google-cloud/firestore";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { z } from "zod";
import type { EmulatorAddress } from "../../src/stack-file.ts";

/** The portal's documents, edited as the portal does. */
export interface PortalSide extends AsyncDisposable {
  readonly firestore: Firestore;
  /** Writes the whole document. */
  put(id: string, document: DocumentData): Promise<void>;
  /** Changes single paths, such as `profile.phone`. */
  edit(id: string, paths: DocumentData): Promise<void>;
  /** One commit over several members. */
  editAll(edits: readonly { readonly id: string; readonly paths: DocumentData }[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** Counts an edit that a client of the test's own makes. */
  byAnotherClient(edit: Promise<unknown>): Promise<void>;
  /** Another client, disposed of together with this one. */
  endsWithIt(client: AsyncDisposable): void;
  /** The document as it stands; `undefined` when there is none. */
  document(id: string): Promise<DocumentData | undefined>;
  record(id: string): Promise<MemberRecord | undefined>;
  /** All documents, by kennitala. */
  documents(): Promise<ReadonlyMap<string, DocumentData>>;
  /** Edits made here so far. */
  edits(): number;
}

const BATCH = 250;
const lifeShape = z.object({ metadata: z.object({ deleted_at: z.unknown().optional() }).optional() });

export function portalSide({ host, projectId }: EmulatorAddress, fieldMap: FieldMap): PortalSide {
  const firestore = createFirestore({ projectId, emulatorHost: host });
  const members = firestore.collection("members");
  const others = new AsyncDisposableStack();
  let edits = 0;
  const counted = async (count: number, work: Promise<unknown>) => {
    edits += count;
    await work;
  };
  const document = async (id: string) => (await members.doc(id).get()).data();
  return {
    firestore,
    put: (id, data) => counted(1, members.doc(id).set(data)),
    edit: (id, paths) => counted(1, members.doc(id).update(paths)),
    async editAll(all) {
      for (const group of chunksOf(all, BATCH)) {
        const batch = firestore.batch();
        for (const { id, paths } of group) batch.update(members.doc(id), paths);
        await counted(group.length, batch.commit());
      }
    },
    remove: (id) => counted(1, members.doc(id).delete()),
    byAnotherClient: (edit) => counted(1, edit),
    endsWithIt: (client) => void others.use(client),
    document,
    async record(id) {
      const data = await document(id);
      return data === undefined ? undefined : toRecord(fieldMap, data);
    },
    async documents() {
      const snapshot = await members.get();
      return new Map(snapshot.docs.map((each) => [each.id, each.data()]));
    },
    edits: () => edits,
    async [Symbol.asyncDispose]() {
      await others.disposeAsync();
      await firestore.terminate();
    },
  };
}

/** Whether a document stands for a member that the organisation has. */
export function isAliveDocument(data: DocumentData | undefined): boolean {
  if (data === undefined) return false;
  return (lifeShape.parse(data).metadata?.deleted_at ?? null) === null;
}
