import { FieldValue, type Firestore, type Timestamp } from "@google-cloud/firestore";
import type { DjangoClient, OutboxRow } from "../django-client.ts";
import type { Tally } from "./push-to-django.ts";

const PAGE = 1_000;
const PROFILE = new Set(["name", "email", "phone", "birthday", "gender"]);
const ADDRESS = new Set(["street", "postal_code", "city"]);

export async function pullToFirestore(firestore: Firestore, django: DjangoClient, since: Timestamp): Promise<Tally> {
  const changes = await pendingDjangoChanges(django, since);
  const toMark: number[] = [];
  let failed = 0;
  for (const { id, ssn, fields_changed } of changes) {
    try {
      const kennitala = ssn.replaceAll("-", "");
      await firestore
        .collection("members")
        .doc(kennitala)
        .update({ ...pathsOf(fields_changed), "metadata.last_modified": FieldValue.serverTimestamp() });
      toMark.push(id);
    } catch {
      failed += 1;
    }
  }
  if (toMark.length > 0) await django.markSynced(toMark);
  return { success: toMark.length, failed };
}

/** All of them, as the seed asked for; the Django here gives them in pages. */
async function pendingDjangoChanges(django: DjangoClient, since: Timestamp): Promise<readonly OutboxRow[]> {
  const changes: OutboxRow[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: Awaited<ReturnType<DjangoClient["pending"]>> = await django.pending(after, PAGE, since.toDate().toISOString());
    changes.push(...page.changes);
    after = page.next;
  }
  return changes;
}

function pathsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (PROFILE.has(field)) paths[`profile.${field}`] = value;
    else if (ADDRESS.has(field)) paths[`address.${field}`] = value;
  }
  return paths;
}
