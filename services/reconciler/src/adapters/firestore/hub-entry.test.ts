import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { afterAll, describe, expect, it } from "vitest";
import type { HubCommit } from "../../app/ports.ts";
import { commitOf, refOf, refsOf, sampleConflict, sampleHistory, sampleHub } from "../contract/sample.ts";
import { groupEntries, hubEntry } from "./hub-entry.ts";

const firestore = createFirestore({ projectId: "offline", emulatorHost: "127.0.0.1:1" });
afterAll(() => firestore.terminate());

const groupsOf = (commits: readonly HubCommit[]) => groupEntries(commits.map((commit) => hubEntry(firestore, commit)));
const sizes = (commits: readonly HubCommit[]) => groupsOf(commits).map((group) => group.length);

describe("entries are grouped", () => {
  it("225 members to a batch, in order", () => {
    const refs = refsOf("many", 460);
    const groups = groupsOf(refs.map((memberRef) => commitOf(sampleHub(memberRef), null)));
    expect(groups.map((group) => group.length)).toEqual([225, 225, 10]);
    expect(groups.flat().map(({ memberRef }) => memberRef)).toEqual(refs);
  });

  it("with at most 450 writes to a batch", () => {
    const commits = refsOf("writes", 10).map((memberRef) => {
      const conflicts = Array.from({ length: 98 }, (_, index) => sampleConflict(memberRef, { id: `${memberRef}-${index}` }));
      return commitOf(sampleHub(memberRef), null, conflicts);
    });
    expect(sizes(commits)).toEqual([4, 4, 2]);
  });

  it("with less than 3.5 MB to a batch", () => {
    const commits = refsOf("bytes", 10).map((memberRef) => {
      const [entry] = sampleHistory(memberRef, 1).entries;
      if (entry === undefined) throw new Error("the sample has no entry");
      const record = { ...sampleHistory(memberRef, 1), entries: [{ ...entry, value: "ð".repeat(400_000) }] };
      return { ...commitOf(sampleHub(memberRef), null), history: [record] };
    });
    expect(sizes(commits)).toEqual([3, 3, 3, 1]);
  });

  it("a member at most once in each", () => {
    const commit = commitOf(sampleHub(refOf("again")), null);
    expect(sizes([commit, commit])).toEqual([1, 1]);
  });

  it("one alone where it is larger than a batch may be", () => {
    const small = commitOf(sampleHub(refOf("small")), null);
    const large = commitOf(sampleHub(refOf("large"), { kennitala: "x".repeat(4_000_000) }), null);
    expect(sizes([small, large, { ...small, hub: sampleHub(refOf("other")) }])).toEqual([1, 1, 1]);
  });
});

it("an entry carries what the lists of members ask for", () => {
  const { hub } = hubEntry(firestore, commitOf(sampleHub(refOf("plain")), null));
  expect(hub).toMatchObject({ waitingFor: false, due: false, rev: 1 });
  expect(hub).not.toHaveProperty("inFlightAt");
});
