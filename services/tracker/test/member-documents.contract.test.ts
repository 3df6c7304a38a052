import { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { afterAll, describe, expect, test } from "vitest";
import { FirestoreMemberDocuments } from "../src/adapters/firestore/firestore-member-documents.ts";
import { valueAt } from "../src/app/document-paths.ts";
import type { DocumentData, DocumentWrite, MemberDocuments, Snapshot } from "../src/app/ports.ts";

/** An implementation under test, and another program that writes to it as a portal does. */
interface Subject {
  readonly documents: MemberDocuments;
  portal(id: string, data: DocumentData): Promise<void>;
  remove(id: string): Promise<void>;
}

let used = 0;
const newId = () => `01013${String((used += 1)).padStart(5, "0")}`;

function memberDocumentsContract(name: string, open: () => Subject): void {
  describe(`member documents: ${name}`, () => {
    const { documents, portal, remove } = open();
    const snapshotOf = async (id: string): Promise<Snapshot> => {
      const snapshot = (await documents.read([id])).found.get(id);
      if (snapshot === undefined) throw new Error("the document is not there");
      return snapshot;
    };
    const create = (kennitala: string, set: DocumentWrite["set"] = {}): DocumentWrite => ({
      kennitala,
      expectRevision: null,
      set,
      serverTime: [],
    });

    test("a create writes nested maps, and server times", async () => {
      const id = newId();
      const write = { ...create(id, { "profile.name": "Þórður", "profile.gender": 0, "a.b.c": null }), serverTime: ["a.at"] };
      expect(await documents.write([write])).toEqual([{ kind: "written" }]);
      const { data } = await snapshotOf(id);
      expect(data).toMatchObject({ profile: { name: "Þórður", gender: 0 }, a: { b: { c: null } } });
      expect(valueAt(data, "a.at")).toBeInstanceOf(Date);
    });

    test("a create meets a document that is there", async () => {
      const id = newId();
      await portal(id, { portal: true });
      expect(await documents.write([create(id, { portal: false })])).toEqual([{ kind: "unmet" }]);
      expect((await snapshotOf(id)).data).toEqual({ portal: true });
    });

    test("a create with a name is carried out once, even when what it made is gone", async () => {
      const [id, other] = [newId(), newId()];
      const named = (kennitala: string, once: string) => ({ ...create(kennitala, { at: 1 }), once: `${once}.${id}` });
      expect(await documents.write([named(id, "w1"), named(other, "w2")])).toEqual([{ kind: "written" }, { kind: "written" }]);
      expect(await documents.write([named(id, "w3")])).toEqual([{ kind: "unmet" }]);
      await remove(id);
      expect(await documents.write([named(id, "w1")])).toEqual([{ kind: "spent" }]);
      expect((await documents.read([id])).found.size).toBe(0);
      expect(await documents.write([named(id, "w1"), named(newId(), "w4")])).toEqual([{ kind: "spent" }, { kind: "written" }]);
      expect(await documents.write([named(id, "w3")])).toEqual([{ kind: "written" }]);
    });

    test("a create with a name tells when it was carried out: in the commit that made its document", async () => {
      const id = newId();
      const once = `proof.${id}`;
      expect(await documents.createdAt(once)).toBeNull();
      await documents.write([{ ...create(id, { at: 1 }), once }, create(newId())]);
      const { revision } = await snapshotOf(id);
      expect(await documents.createdAt(once)).toBe(revision);
      await remove(id);
      await portal(id, { at: 1 });
      expect((await snapshotOf(id)).revision).not.toBe(revision);
      expect(await documents.createdAt(once)).toBe(revision);
    });

    test("a create of a group that finds a document is told apart by its own name: carried out before, or never", async () => {
      const [mine, theirs, moved] = [newId(), newId(), newId()];
      const named = (kennitala: string, once: string) => ({ ...create(kennitala, { at: 1 }), once: `${once}.${mine}` });
      await documents.write([named(mine, "w1"), create(moved)]);
      await portal(theirs, { at: 2 });
      const { revision } = await snapshotOf(moved);
      await portal(moved, { at: 3 });
      const update: DocumentWrite = { kennitala: moved, expectRevision: revision, set: { at: 4 }, serverTime: [] };
      const outcomes = await documents.write([named(mine, "w1"), named(theirs, "w2"), update, create(newId())]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(["spent", "unmet", "unmet", "written"]);
    });

    test("three hundred creates at once are carried out", async () => {
      const ids = Array.from({ length: 300 }, newId);
      const outcomes = await documents.write(ids.map((id) => ({ ...create(id), once: `many.${id}` })));
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["written"]));
      expect((await documents.read(ids)).found.size).toBe(300);
    });

    test("a document tells when it came to be: an edit leaves that, and one made again is another", async () => {
      const id = newId();
      await portal(id, { at: 1 });
      const first = await snapshotOf(id);
      expect(first.created).toBe(first.revision);
      await portal(id, { at: 2 });
      const edited = await snapshotOf(id);
      expect([edited.created, edited.revision > first.revision]).toEqual([first.created, true]);
      await remove(id);
      await portal(id, { at: 2 });
      expect((await snapshotOf(id)).created).not.toBe(first.created);
    });

    test("an update touches the named paths only, and moves the revision on", async () => {
      const id = newId();
      await portal(id, { profile: { name: "A", nick: "B" }, theirs: [1, { x: 2 }] });
      const { revision } = await snapshotOf(id);
      const write = {
        kennitala: id,
        expectRevision: revision,
        set: { "profile.name": "C", "address.city": "Ísafjörður" },
        serverTime: ["metadata.at"],
      };
      expect(await documents.write([write])).toEqual([{ kind: "written" }]);
      const after = await snapshotOf(id);
      expect(after.data).toMatchObject({ profile: { name: "C", nick: "B" }, address: { city: "Ísafjörður" }, theirs: [1, { x: 2 }] });
      expect(BigInt(after.revision)).toBeGreaterThan(BigInt(revision));
    });

    test("an update of an older revision, or of a missing document, is unmet and writes nothing", async () => {
      const id = newId();
      await portal(id, { at: 1 });
      const { revision } = await snapshotOf(id);
      await portal(id, { at: 2 });
      const update = (kennitala: string): DocumentWrite => ({ kennitala, expectRevision: revision, set: { at: 3 }, serverTime: [] });
      expect(await documents.write([update(id), update(newId())])).toEqual([{ kind: "unmet" }, { kind: "unmet" }]);
      expect((await snapshotOf(id)).data).toEqual({ at: 2 });
    });

    test("a write that changes nothing leaves the revision as it is", async () => {
      const id = newId();
      await portal(id, { at: 1 });
      const { revision } = await snapshotOf(id);
      await portal(id, { at: 1 });
      expect((await snapshotOf(id)).revision).toBe(revision);
    });

    test("one write of a group never fails another", async () => {
      const [good, there, alsoGood] = [newId(), newId(), newId()];
      await portal(there, {});
      const outcomes = await documents.write([create(good), create(there), create(alsoGood)]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "unmet", "written"]);
      expect([...(await documents.read([good, there, alsoGood])).found.keys()].sort()).toEqual([good, there, alsoGood].sort());
    });

    test("what can never be written is invalid, and the rest is written", async () => {
      const [large, good] = [newId(), newId()];
      const outcomes = await documents.write([create(large, { text: "x".repeat(1_100_000) }), create(good)]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(["invalid", "written"]);
      expect((await documents.read([large])).found.size).toBe(0);
    });

    test("of ten writes at one revision exactly one wins", async () => {
      const id = newId();
      await portal(id, { at: 0 });
      const { revision } = await snapshotOf(id);
      const race = Array.from({ length: 10 }, (_, at) =>
        documents.write([{ kennitala: id, expectRevision: revision, set: { at: at + 1 }, serverTime: [] }]),
      );
      const outcomes = (await Promise.all(race)).flat();
      expect(outcomes.filter(({ kind }) => kind === "written")).toHaveLength(1);
    });

    test("a read tells when it read: after what was committed, before what comes", async () => {
      const id = newId();
      await portal(id, { at: 1 });
      const { revision } = await snapshotOf(id);
      await remove(id);
      for (let round = 0; round < 20; round += 1) {
        const gone = await documents.read([id]);
        expect(gone.found.size).toBe(0);
        expect(BigInt(gone.readTime)).toBeGreaterThan(BigInt(revision));
        await portal(id, { round });
        expect(BigInt((await snapshotOf(id)).revision)).toBeGreaterThan(BigInt(gone.readTime));
        await remove(id);
      }
    });

    test("no writes and no reads are nothing", async () => {
      expect(await documents.write([])).toEqual([]);
      expect((await documents.read([])).found.size).toBe(0);
    });

    test("the list goes by id, page by page", async () => {
      const ids = [newId(), newId(), newId()];
      for (const id of ids) await portal(id, { id });
      const before = `${ids[0]?.slice(0, 9)}`;
      const first = await documents.list(before, 2);
      const rest = await documents.list(first.at(-1)?.[0] ?? null, 500);
      const listed = [...first, ...rest].map(([id]) => id);
      expect(listed).toEqual([...listed].sort());
      expect(listed).toEqual(expect.arrayContaining(ids));
    });

    test("values come back in plain form", async () => {
      const id = newId();
      const at = new Date("1990-05-17T00:00:00.000Z");
      await portal(id, { at, list: [at, null, false], deep: { zero: 0, text: "" }, half: 1.5, not: Number.NaN });
      expect((await snapshotOf(id)).data).toMatchObject({ at, list: [at, null, false], deep: { zero: 0, text: "" }, half: 1.5 });
    });
  });
}

memberDocumentsContract("memory", () => {
  const documents = new MemoryMemberDocuments();
  const actor = { authType: "app_user", authId: "u" };
  return {
    documents,
    portal: async (id, data) => void documents.patch(id, data, undefined, actor),
    remove: async (id) => void documents.delete(id, actor),
  };
});

const emulatorHost = process.env["FIRESTORE_EMULATOR_HOST"];
if (emulatorHost === undefined) console.log("member documents: Firestore is left out, since FIRESTORE_EMULATOR_HOST is not set");
else {
  const firestore = createFirestore({ projectId: `tracker-contract-${process.pid}`, emulatorHost });
  afterAll(() => firestore.terminate());
  memberDocumentsContract("firestore", () => ({
    documents: new FirestoreMemberDocuments(firestore),
    portal: async (id, data) => void (await firestore.collection("members").doc(id).set(data)),
    remove: async (id) => void (await firestore.collection("members").doc(id).delete()),
  }));
}
