import type { Firestore, WriteBatch } from "@google-cloud/firestore";
import { vi } from "vitest";

/** Where the emulator is, or nothing; says so once in each file that needs it. */
export function emulatorOrReason(what: string): string {
  const host = process.env["FIRESTORE_EMULATOR_HOST"] ?? "";
  if (host === "") console.info(`${what}: not tried, FIRESTORE_EMULATOR_HOST is not set`);
  else vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  return host;
}

/** Lets every batch of this client be committed by `commit`, which is given the real one. */
export function aroundCommits(firestore: Firestore, around: (commit: WriteBatch["commit"]) => ReturnType<WriteBatch["commit"]>): void {
  const open = firestore.batch.bind(firestore);
  firestore.batch = () => {
    const batch = open();
    const commit = batch.commit.bind(batch);
    batch.commit = () => around(commit);
    return batch;
  };
}

/** Makes commits of this client fail: before they are sent, or after they have been made, with the answer lost. */
export function breakCommits(
  firestore: Firestore,
  fault: { readonly code: number; readonly when: "before" | "after"; readonly times: number },
): void {
  let left = fault.times;
  aroundCommits(firestore, async (commit) => {
    if (left === 0) return commit();
    left -= 1;
    if (fault.when === "after") await commit();
    throw Object.assign(new Error("an answer of the test"), { code: fault.code });
  });
}
