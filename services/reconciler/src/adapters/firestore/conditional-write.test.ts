import { randomUUID } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, sampleNotice, sampleRun } from "../contract/sample.ts";
import { replaceDocument } from "./conditional-write.ts";
import { FirestoreDeadLetterStore } from "./firestore-dead-letter-store.ts";
import { FirestoreRunLog } from "./firestore-run-log.ts";
import { breakCommits, emulatorOrReason } from "./trouble.fixture.ts";

const emulatorHost = emulatorOrReason("lost answers of conditional writes");

describe.runIf(emulatorHost !== "")("a conditional write whose answer was lost", () => {
  let firestore: Firestore;
  beforeEach(() => {
    firestore = createFirestore({ projectId: `conditional-${randomUUID()}`, emulatorHost });
  });
  afterEach(() => firestore.terminate());

  it("counts a dead letter once", async () => {
    const letters = new FirestoreDeadLetterStore(firestore);
    breakCommits(firestore, { code: 14, when: "after", times: 2 });
    await letters.put([sampleNotice("a")], at(1));
    await letters.put([sampleNotice("a")], at(2));
    expect((await letters.get("a"))?.seen).toBe(2);
  });

  it("begins a run once, and knows that it is ours", async () => {
    const runs = new FirestoreRunLog(firestore);
    breakCommits(firestore, { code: 4, when: "after", times: 1 });
    expect(await runs.begin(sampleRun("r1"), 60_000)).not.toBeNull();
    expect(await runs.begin(sampleRun("r2"), 60_000)).toBeNull();
  });

  it("gives up with an error that may pass when others keep it from writing", async () => {
    const ref = firestore.collection("sync_control").doc("busy");
    breakCommits(firestore, { code: 10, when: "before", times: 1000 });
    await expect(replaceDocument(ref, () => ({ fields: { a: 1 } }))).rejects.toMatchObject({
      code: "store_unavailable",
      disposition: "retry",
    });
  });
});
