import { setTimeout as delay } from "node:timers/promises";
import type { Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import type { StackAddresses } from "../stack-file.ts";
import type { BurstEdit } from "./edits.ts";

const POLL_MS = 200;
const PAGE = 1_000;

/** Reads one value of many members from one side. */
export type ReadMany = (kennitalas: readonly string[]) => Promise<ReadonlyMap<string, string | null>>;

/** When each edit was first seen on the other side (epoch ms, to the poll's 200 ms). */
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
    const documents = await firestore.getAll(...kennitalas.map((id) => members.doc(id)), { fieldMask: ["profile.phone"] });
    return new Map(documents.map((document) => [document.id, textOrNull(document.get("profile.phone"))]));
  };
}

const page = z.object({
  members: z.array(
    z.object({ ssn: z.string(), record: z.object({ profile: z.object({ email: z.string().nullish() }).optional() }).nullable() }),
  ),
  next: z.string().nullable(),
});

export function emailsInDjango({ url, token }: StackAddresses["django"]): ReadMany {
  return async () => {
    const emails = new Map<string, string | null>();
    let after: string | null = "";
    while (after !== null) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(after !== "" && { after }) });
      const response = await fetch(`${url}/api/sync/members/?${query.toString()}`, { headers: { authorization: `Token ${token}` } });
      const { members, next }: z.output<typeof page> = page.parse(await response.json());
      for (const { ssn, record } of members) emails.set(ssn, record?.profile?.email ?? null);
      after = next;
    }
    return emails;
  };
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
