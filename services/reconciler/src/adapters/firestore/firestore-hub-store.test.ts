import { randomUUID } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commitOf, refOf, refsOf, sampleHub } from "../contract/sample.ts";
import { FirestoreHistoryStore } from "./firestore-history-store.ts";
import { FirestoreHubStore } from "./firestore-hub-store.ts";
import { COLLECTIONS } from "./queries.ts";
import { aroundCommits, breakCommits, emulatorOrReason } from "./trouble.fixture.ts";

const emulatorHost = emulatorOrReason("lost answers of the hub store");

describe.runIf(emulatorHost !== "")("hub store on Firestore in trouble", () => {
  let firestore: Firestore;
  let steady: Firestore;
  let hubs: FirestoreHubStore;
  let others: FirestoreHubStore;
  let projectId: string;
  beforeEach(() => {
    projectId = `trouble-${randomUUID()}`;
    firestore = createFirestore({ projectId, emulatorHost });
    steady = createFirestore({ projectId, emulatorHost });
    hubs = new FirestoreHubStore(firestore);
    others = new FirestoreHubStore(steady);
  });
  afterEach(async () => {
    await Promise.all([firestore.terminate(), steady.terminate()]);
  });

  it.each([3, 4, 9, 10, 13, 14])("counts a group whose answer was lost (code %i) as committed, and doubles nothing", async (code) => {
    const refs = refsOf("lost", 100);
    breakCommits(firestore, { code, when: "after", times: 2 });
    const outcomes = await hubs.commit(refs.map((memberRef) => commitOf(sampleHub(memberRef), null)));
    const stored = await others.load(refs);
    expect(outcomes).toEqual(refs.map((memberRef) => ({ kind: "committed", token: stored.get(memberRef)?.token })));
    const timeline = await new FirestoreHistoryStore(steady).timeline(refs[7] ?? "", null, 10);
    expect(timeline.items).toHaveLength(1);
  });

  it("counts each entry as committed when every answer is lost", async () => {
    const refs = refsOf("all lost", 5);
    breakCommits(firestore, { code: 14, when: "after", times: 6 });
    const outcomes = await hubs.commit(refs.map((memberRef) => commitOf(sampleHub(memberRef), null)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill("committed"));
  });

  it("commits after all what was not sent", async () => {
    breakCommits(firestore, { code: 14, when: "before", times: 1 });
    expect(await hubs.commit([commitOf(sampleHub(refOf("unsent")), null)])).toMatchObject([{ kind: "committed" }]);
  });

  it("throws for a write that nobody made, rather than call it outdated", async () => {
    breakCommits(firestore, { code: 14, when: "before", times: 9 });
    await expect(hubs.commit([commitOf(sampleHub(refOf("unmade")), null)])).rejects.toMatchObject({ code: "store_unavailable" });
    expect((await others.load([refOf("unmade")])).size).toBe(0);
  });

  it("calls an entry outdated whose answer was lost and whose hub somebody else has written since", async () => {
    const hub = sampleHub(refOf("overtaken"));
    breakCommits(firestore, { code: 14, when: "after", times: 1 });
    let isFirst = true;
    aroundCommits(firestore, async (commit) => {
      try {
        return await commit();
      } finally {
        if (isFirst) await overtake();
        isFirst = false;
      }
    });
    const overtake = async () => {
      const token = (await others.load([hub.memberRef])).get(hub.memberRef)?.token ?? null;
      await others.commit([commitOf({ ...hub, rev: 2, djangoId: 99 }, token)]);
    };
    expect(await hubs.commit([commitOf(hub, null)])).toEqual([{ kind: "outdated" }]);
    expect((await others.load([hub.memberRef])).get(hub.memberRef)?.hub.djangoId).toBe(99);
  });

  it("stores the others when somebody holds a lock on one hub for longer than a call may take", async () => {
    const [locked, ...free] = refsOf("locked", 4).map((memberRef) => sampleHub(memberRef));
    if (locked === undefined) throw new Error("four hubs");
    const [hasLock, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holder = steady.runTransaction(async (transaction) => {
      await transaction.get(steady.collection(COLLECTIONS.members).doc(locked.memberRef));
      hasLock.resolve();
      await letGo.promise;
    });
    await hasLock.promise;
    const hasty = createFirestore({ projectId, emulatorHost, deadlineMs: 3_000 });
    const outcomes = await new FirestoreHubStore(hasty).commit([locked, ...free].map((hub) => commitOf(hub, null)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["unstored", "committed", "committed", "committed"]);
    letGo.resolve();
    await holder;
    await hasty.terminate();
  });

  it("commits the others of a group together once more when some hubs are outdated", async () => {
    const created = refsOf("group", 100).map((memberRef) => sampleHub(memberRef));
    const tokens = (await others.commit(created.map((hub) => commitOf(hub, null)))).map((outcome) =>
      outcome.kind === "committed" ? outcome.token : null,
    );
    const isOvertaken = (index: number) => index % 40 === 7;
    await others.commit(created.flatMap((hub, index) => (isOvertaken(index) ? [commitOf({ ...hub, rev: 2 }, tokens[index] ?? null)] : [])));
    let commits = 0;
    aroundCommits(firestore, (commit) => {
      commits += 1;
      return commit();
    });
    const next = created.map((hub, index) => commitOf({ ...hub, rev: 2, djangoId: 99 }, tokens[index] ?? null));
    const kinds = (await hubs.commit(next)).map(({ kind }) => kind);
    expect(kinds).toEqual(created.map((_, index) => (isOvertaken(index) ? "outdated" : "committed")));
    expect(commits).toBe(2);
  });

  it("stops at once where Firestore refuses us", async () => {
    breakCommits(firestore, { code: 7, when: "before", times: 1 });
    await expect(hubs.commit([commitOf(sampleHub(refOf("refused")), null)])).rejects.toMatchObject({
      code: "store_refused",
      disposition: "fatal",
    });
  });

  it("stores what fits when one hub is too large for a document, and says so of that one", async () => {
    const large = sampleHub(refOf("too large"), { kennitala: "x".repeat(1_100_000) });
    const small = sampleHub(refOf("small"));
    const outcomes = await hubs.commit([commitOf(small, null), commitOf(large, null)]);
    expect(outcomes).toMatchObject([{ kind: "committed" }, { kind: "unstored", error: { code: "store_unavailable" } }]);
    expect([...(await others.load([small.memberRef, large.memberRef])).keys()]).toEqual([small.memberRef]);
  });

  it("names a hub that cannot be read, and lists the others", async () => {
    const [first, broken, last] = refsOf("listed", 3);
    if (first === undefined || broken === undefined || last === undefined) throw new Error("the sample is too short");
    await hubs.commit([first, last].map((memberRef) => commitOf(sampleHub(memberRef), null)));
    await firestore.collection("sync_members").doc(broken).set({ hub: "{", waitingFor: false, due: false });
    const page = await hubs.all(null, 10);
    expect(page).toEqual({ hubs: [sampleHub(first), sampleHub(last)], unreadable: [broken], next: null });
  });

  it("reads the mark of a conflict that an earlier version stored, which does not tell when people were notified", async () => {
    const mark = { conflictId: "c", cause: "concurrent", openedAt: 5, step: 1, movedAt: 7, agreed: null } as const;
    const hub = sampleHub(refOf("earlier"));
    const { email } = hub.groups;
    const groups = { email: { ...email, parked: mark } };
    const earlier = { ...hub, groups, life: { ...hub.life, parked: mark } };
    await firestore
      .collection("sync_members")
      .doc(hub.memberRef)
      .set({ hub: JSON.stringify(earlier) });
    const read = (await hubs.load([hub.memberRef])).get(hub.memberRef)?.hub;
    expect([read?.groups["email"]?.parked, read?.life.parked]).toEqual([
      { ...mark, noticedAt: 5 },
      { ...mark, noticedAt: 5 },
    ]);
  });
});
