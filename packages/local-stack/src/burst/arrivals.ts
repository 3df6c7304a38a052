import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { BurstEdit } from "./edits.ts";

const POLL_MS = 100;
const READ_AT_ONCE = 500;

/** Reads one value of many members from one side. */
export type ReadMany = (kennitalas: readonly string[]) => Promise<ReadonlyMap<string, string | null>>;

/** When each edit was first seen on the other side (epoch ms, to the poll's 100 ms). */
export async function watchArrivals(read: ReadMany, expected: ReadonlyMap<string, string>, deadlineMs: number): Promise<readonly number[]> {
  const arrivals: number[] = [];
  let missing = [...expected.keys()];
  const deadline = Date.now() + deadlineMs;
  while (missing.length > 0) {
    const held = await read(missing);
    const now = Date.now();
    const absent = missing.filter((kennitala) => held.get(kennitala) !== expected.get(kennitala));
    arrivals.push(...Array.from({ length: missing.length - absent.length }, () => now));
    missing = absent;
    if (now > deadline) throw new Error(`${missing.length} of ${expected.size} edits had not arrived after ${deadlineMs / 1000} s`);
    if (missing.length > 0) await delay(POLL_MS);
  }
  return arrivals;
}

export function phonesInFirestore(firestore: Firestore): ReadMany {
  return async (kennitalas) => {
    const members = firestore.collection("members");
    const found = new Map<string, string | null>();
    for (const group of chunksOf(kennitalas, READ_AT_ONCE)) {
      const references = group.map((id) => members.doc(id));
      for (const document of await firestore.getAll(...references, { fieldMask: ["profile.phone"] })) {
        found.set(document.id, textOrNull(document.get("profile.phone")));
      }
    }
    return found;
  };
}

const rows = z.array(z.object({ ssn: z.string(), email: z.string().nullable() }));

/** Read from the database file: asking Django itself would take the time that it needs to apply. */
export function emailsInDjango(databaseFile: string): ReadMany & Disposable {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  const emails = database.prepare(
    "SELECT m.ssn, c.email FROM json_each(?) k JOIN felagar_member m ON m.ssn = k.value JOIN felagar_contactinfo c ON c.member_id = m.id",
  );
  const read: ReadMany = async (kennitalas) =>
    new Map(rows.parse(emails.all(JSON.stringify(kennitalas))).map(({ ssn, email }) => [ssn, email]));
  return Object.assign(read, { [Symbol.dispose]: () => database.close() });
}

export function expectedPhones(edits: readonly BurstEdit[]): ReadonlyMap<string, string> {
  return new Map(edits.map(({ kennitala, phone }) => [kennitala, phone]));
}

export function expectedEmails(edits: readonly BurstEdit[]): ReadonlyMap<string, string> {
  return new Map(edits.map(({ kennitala, email }) => [kennitala, email]));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
