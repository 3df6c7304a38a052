import type { Firestore } from "@google-cloud/firestore";

/** A lock on a document, as a program holds one that stands still within a transaction. */
export async function lockedBySomebody(firestore: Firestore, path: string): Promise<{ letGo(): Promise<void> }> {
  const [has, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ended = firestore
    .runTransaction(async (transaction) => {
      await transaction.get(firestore.doc(path));
      has.resolve();
      await release.promise;
    })
    // The emulator may have given the lock up by then.
    .catch(() => {});
  await has.promise;
  return {
    async letGo() {
      release.resolve();
      await ended;
    },
  };
}
