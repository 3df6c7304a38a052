import { randomUUID } from "node:crypto";
import { FieldValue, type DocumentData, type DocumentReference, type Firestore, type WriteBatch } from "@google-cloud/firestore";
import type { HubCommit } from "../../app/ports.ts";
import type { Hub } from "../../core/hub.ts";
import { inFlightAt, isDue, isWaiting } from "../../core/hub-index.ts";
import { FORMAT, plain, textOf, updateTimeOf } from "./documents.ts";
import { COLLECTIONS } from "./queries.ts";

/** One commit made ready: its writes, and the id by which it is known again should its answer be lost. */
export interface HubEntry {
  readonly commitId: string;
  readonly memberRef: string;
  readonly token: string | null;
  readonly hubRef: DocumentReference;
  readonly hub: DocumentData;
  readonly others: readonly { readonly ref: DocumentReference; readonly fields: DocumentData }[];
  readonly writes: number;
  readonly bytes: number;
}

const MAX_MEMBERS = 225;
const MAX_WRITES = 450;
const MAX_BYTES = 3_000_000;
/** What a write adds to its fields: the document's name and the like. */
const BYTES_PER_WRITE = 300;

export function hubEntry(firestore: Firestore, { hub, token, history, conflicts }: HubCommit): HubEntry {
  const commitId = randomUUID();
  const text = textOf(hub);
  const others = [
    ...history.map((record) => ({
      ref: firestore.collection(COLLECTIONS.history).doc(record.id),
      ...plain({ ...record, rev: hub.rev, format: FORMAT }),
    })),
    ...conflicts.map((conflict) => ({
      ref: firestore.collection(COLLECTIONS.conflicts).doc(conflict.id),
      ...plain({ ...conflict, format: FORMAT }),
    })),
  ];
  const writes = 1 + others.length;
  return {
    commitId,
    memberRef: hub.memberRef,
    token,
    hubRef: firestore.collection(COLLECTIONS.members).doc(hub.memberRef),
    hub: {
      format: FORMAT,
      commitId,
      memberRef: hub.memberRef,
      rev: hub.rev,
      waitingFor: isWaiting(hub),
      due: isDue(hub),
      ...sinceWhen(hub, token),
      hub: text,
    },
    others,
    writes,
    bytes: others.reduce((sum, { bytes }) => sum + bytes, Buffer.byteLength(text)) + writes * BYTES_PER_WRITE,
  };
}

function sinceWhen(hub: Hub, token: string | null): DocumentData {
  const at = inFlightAt(hub);
  if (at !== undefined) return { inFlightAt: at };
  return token === null ? {} : { inFlightAt: FieldValue.delete() };
}

/** Puts the writes of an entry into a batch, the guarded one of the hub first. */
export function addEntry(batch: WriteBatch, entry: HubEntry): void {
  if (entry.token === null) batch.create(entry.hubRef, entry.hub);
  else batch.update(entry.hubRef, entry.hub, { lastUpdateTime: updateTimeOf(entry.token) });
  for (const { ref, fields } of entry.others) batch.set(ref, fields);
}

/** Groups entries into batches that the server takes, in order, a member at most once in each. */
export function groupEntries(entries: readonly HubEntry[]): readonly (readonly HubEntry[])[] {
  const groups: HubEntry[][] = [];
  let group: HubEntry[] = [];
  let members = new Set<string>();
  let [writes, bytes] = [0, 0];
  for (const entry of entries) {
    const isFull = group.length === MAX_MEMBERS || writes + entry.writes > MAX_WRITES || bytes + entry.bytes > MAX_BYTES;
    if (group.length === 0 || isFull || members.has(entry.memberRef)) {
      group = [];
      members = new Set();
      [writes, bytes] = [0, 0];
      groups.push(group);
    }
    group.push(entry);
    members.add(entry.memberRef);
    writes += entry.writes;
    bytes += entry.bytes;
  }
  return groups;
}
