import { FieldValue, type DocumentData, type Firestore } from "@google-cloud/firestore";
import type { SampleMember } from "@member-sync/local-stack/sample-members.ts";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { Edit } from "./edits.ts";
import { documentEventOf, type DocumentEvent, type Standing } from "./events.ts";

export const MEMBERS = "members";
const BATCH = 500;

/** Writes members as the sync leaves them, for arms that do not create them by themselves. */
export async function writeMembers(firestore: Firestore, members: readonly SampleMember[], djangoIds: readonly number[]): Promise<void> {
  for (let start = 0; start < members.length; start += BATCH) {
    const batch = firestore.batch();
    members.slice(start, start + BATCH).forEach((member, at) => {
      batch.set(firestore.collection(MEMBERS).doc(member.ssn), documentOf(member, djangoIds[start + at] ?? 0));
    });
    await batch.commit();
  }
}

function documentOf(member: SampleMember, djangoId: number): DocumentData {
  const { phone, email, facebook } = member.contact_info;
  const now = FieldValue.serverTimestamp();
  return {
    profile: { kennitala: member.ssn, name: member.name, email, phone, birthday: member.birthday, gender: member.gender, facebook },
    address: member.address,
    membership: { status: "active" },
    metadata: {
      django_id: djangoId,
      last_modified: now,
      deleted_at: null,
      sync: { write_id: "00000000-0000-0000-0000-000000000000", revision: null, at: now },
    },
  };
}

/** Sets every e-mail as the portal would, in grouped writes; gives the moment after the last commit (epoch ms). */
export async function editInFirestore(firestore: Firestore, edits: readonly Edit[], alsoWrite?: AlsoWrite): Promise<number> {
  const perEdit = alsoWrite === undefined ? 1 : 2;
  for (const group of chunksOf(edits, BATCH / perEdit)) {
    const batch = firestore.batch();
    for (const edit of group) {
      batch.update(firestore.collection(MEMBERS).doc(edit.kennitala), { "profile.email": edit.email });
      if (alsoWrite !== undefined) batch.set(firestore.collection(alsoWrite.collection).doc(), alsoWrite.documentOf(edit));
    }
    await batch.commit();
  }
  return Date.now();
}

/** What a portal writes beside each edit, where an arm has it do so. */
export interface AlsoWrite {
  readonly collection: string;
  documentOf(edit: Edit): DocumentData;
}

export type Standings = ReadonlyMap<string, Standing>;

/** Documents as they stand, for the events of what is done to them next. */
export async function standingsOf(firestore: Firestore, kennitalas: readonly string[]): Promise<Standings> {
  const found = new Map<string, Standing>();
  for (const group of chunksOf(kennitalas, BATCH)) {
    const references = group.map((kennitala) => firestore.collection(MEMBERS).doc(kennitala));
    for (const snapshot of await firestore.getAll(...references)) {
      const { createTime, updateTime, ref } = snapshot;
      const fields = snapshot.data();
      if (fields === undefined || createTime === undefined || updateTime === undefined) throw new Error("a member has no document");
      found.set(snapshot.id, { path: ref.path, fields, created: createTime, updated: updateTime });
    }
  }
  return found;
}

/** The events that the writes between two looks made. */
export function eventsBetween(projectId: string, before: Standings, after: Standings): readonly DocumentEvent[] {
  return [...after].flatMap(([kennitala, standing]) => {
    const earlier = before.get(kennitala);
    return earlier === undefined ? [] : [documentEventOf(projectId, earlier, standing, ["profile.email"])];
  });
}
