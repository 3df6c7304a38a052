import { expect, test } from "vitest";
import type { DocumentChange } from "./documents.ts";
import { FakeFirestore } from "./fake-firestore.ts";

const ID = "0101302989";
const PORTAL = { authType: "app_user", authId: "uid-1" } as const;

test("each commit has an event with before and after, a removal and a write that changes nothing too", () => {
  const firestore = new FakeFirestore(() => 1_000);
  const events: DocumentChange[] = [];
  using _ = firestore.onChange((change) => events.push(change));
  firestore.patch(ID, { profile: { name: "Þóra" } }, undefined, PORTAL);
  firestore.patch(ID, { profile: { name: "Þóra" } }, ["profile.name"], PORTAL);
  firestore.delete(ID, PORTAL);
  expect(events.map(({ before, after }) => [before?.revision, after?.revision])).toEqual([
    [undefined, "1000000000"],
    ["1000000000", "1000000000"],
    ["1000000000", undefined],
  ]);
  expect(events.at(-1)?.eventTime).toBe("1000001000");
});

test("a restored backup brings the documents of then under new update times, without an event", () => {
  const firestore = new FakeFirestore(() => 1_000);
  const first = firestore.patch(ID, { at: 1 }, undefined, PORTAL);
  const backup = firestore.export();
  const { lineage } = firestore;
  const lost = firestore.patch(ID, { at: 2 }, undefined, PORTAL);
  const events: DocumentChange[] = [];
  using _ = firestore.onChange((change) => events.push(change));
  firestore.restore(backup);
  expect(firestore.get(ID)).toMatchObject({ data: { at: 1 }, created: first.created });
  expect(BigInt(firestore.get(ID)?.revision ?? 0)).toBeGreaterThan(BigInt(lost.revision));
  expect([events, firestore.lineage]).toEqual([[], lineage]);
  firestore.renewLineage();
  expect(firestore.lineage).not.toBe(lineage);
});

test("a named create keeps the revision that it made, also after its document is removed", () => {
  const firestore = new FakeFirestore(() => 1_000);
  expect(firestore.createOf("w1")).toBeNull();
  const seen: unknown[] = [];
  using _ = firestore.onChange(({ after }) => seen.push([firestore.createOf("w1"), after?.revision]));
  firestore.apply([{ kennitala: ID, expectRevision: null, once: "w1", set: { at: 1 }, serverTime: [] }]);
  const made = firestore.get(ID)?.revision;
  expect(seen, "at the time of its event").toEqual([[made, made]]);
  firestore.delete(ID, PORTAL);
  expect(firestore.createOf("w1")).toBe(made);
});
