import { djangoMembers } from "./django-rest.ts";
import { firestoreMembers } from "./firestore-rest.ts";
import type { Progress } from "./progress.ts";
import { sampleMembers } from "./sample-members.ts";
import type { StackAddresses } from "./stack-file.ts";
import { waitFor } from "./wait-for.ts";

/** Creates sample members in Django, unless it has members, and waits until the sync has brought them to Firestore. */
export async function fillIn({ django, firestore, mode }: StackAddresses, count: number, progress: Progress, signal: AbortSignal): Promise<void> {
  if (count === 0) return;
  const members = djangoMembers(django.url, django.token);
  if ((await members.first(1)).length > 0) {
    progress.note("Django has members already: no sample members are created");
    return;
  }
  await progress.step(`Creating ${count} sample members in Django`, () => members.createAll(sampleMembers(count)));
  if (mode === "scheduled") {
    progress.note("mode scheduled: they reach Firestore with the first flush");
    return;
  }
  const documents = firestoreMembers(firestore.host, firestore.projectId);
  await progress.step("Waiting until they are in Firestore", () =>
    waitFor(async () => (await documents.count(count)) >= count, {
      what: `the arrival of ${count} members in Firestore`,
      deadlineMs: 30_000 + count * 20,
      everyMs: 100,
      signal,
    }),
  );
}
