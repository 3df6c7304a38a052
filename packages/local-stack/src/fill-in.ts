import { djangoMembers } from "./django-rest.ts";
import { firestoreMembers } from "./firestore-rest.ts";
import type { Progress } from "./progress.ts";
import { isInSync, whatIsClosed } from "./reconciler-api.ts";
import { sampleMembers } from "./sample-members.ts";
import type { StackAddresses } from "./stack-file.ts";
import { waitFor } from "./wait-for.ts";

const ASKED_FOR = 25;

/** Creates sample members in Django, unless it has members, and waits until the sync has brought them to Firestore. */
export async function fillIn(
  { django, firestore, reconciler, mode }: StackAddresses,
  count: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
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
  const closed = await whatIsClosed(reconciler);
  if (closed !== undefined) {
    progress.note(`${closed}, as when the stack was stopped: not waiting for them in Firestore. POST /api/control opens the sync`);
    return;
  }
  const documents = firestoreMembers(firestore.host, firestore.projectId);
  // Until its creation is answered, the next edit of a member waits: the demo's members are asked for one by one.
  const edited = await members.first(Math.min(count, ASKED_FOR));
  const isThere = async () =>
    (await documents.count(count)) >= count && (await Promise.all(edited.map((ssn) => isInSync(reconciler, ssn)))).every(Boolean);
  await progress.step("Waiting until they are in Firestore", () =>
    waitFor(isThere, {
      what: `the arrival of ${count} members in Firestore`,
      deadlineMs: 60_000 + count * 20,
      everyMs: 100 + count / 10,
      signal,
    }),
  );
}
