import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, type Stores } from "./backends.ts";
import { at, commitOf, refOf, refsOf, sampleConflict, sampleHub } from "./sample.ts";

const refs = refsOf("conflicts", 5);

describe.each(backends)("conflict store on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
    const entries = refs.map((memberRef, index) => {
      const state = index === 2 ? "decided" : "open";
      return commitOf(sampleHub(memberRef), null, [sampleConflict(memberRef, { openedAt: at(index < 3 ? 0 : index), state })]);
    });
    await stores.hubs.commit(entries);
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  async function allPages(state: "open" | "all", limit: number): Promise<readonly string[]> {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await stores.conflicts.list({ state }, cursor, limit);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items.map(({ memberRef }) => memberRef));
      cursor = page.next;
    } while (cursor !== null);
    return found;
  }

  it("lists newest first, each once, over pages of any size, also where several opened at one instant", async () => {
    const whole = await allPages("all", 50);
    expect(whole.slice(0, 2)).toEqual([refs[4], refs[3]]);
    expect(whole.toSorted()).toEqual(refs);
    for (const limit of [1, 2, 3, 5]) expect(await allPages("all", limit)).toEqual(whole);
  });

  it("says that there is no next page where a page ends the list exactly", async () => {
    expect((await stores.conflicts.list({ state: "all" }, null, 5)).next).toBeNull();
    expect((await stores.conflicts.list({ state: "all" }, null, 4)).next).not.toBeNull();
  });

  it("filters by state and by member, and counts the open ones", async () => {
    expect((await allPages("open", 2)).toSorted()).toEqual(refs.filter((_, index) => index !== 2));
    const [first] = refs;
    if (first === undefined) throw new Error("the sample is too short");
    for (const state of ["open", "all"] as const)
      expect((await stores.conflicts.list({ state, memberRef: first }, null, 10)).items).toMatchObject([{ memberRef: first }]);
    expect((await stores.conflicts.list({ state: "decided", memberRef: first }, null, 10)).items).toEqual([]);
    expect(await stores.conflicts.countOpen()).toBe(4);
  });

  it("knows nothing of an id that never was", async () => {
    expect(await stores.conflicts.get(`${refOf("nobody")}-email-1`)).toBeUndefined();
  });

  it("replaces an open conflict when a later commit changes it", async () => {
    const memberRef = refOf("changed");
    const [outcome] = await stores.hubs.commit([commitOf(sampleHub(memberRef), null, [sampleConflict(memberRef)])]);
    const decision = { value: "d@example.is", actor: "user:3", at: at(9), note: null };
    const decided = sampleConflict(memberRef, { state: "decided", updatedAt: at(9), decision });
    const token = outcome?.kind === "committed" ? outcome.token : null;
    await stores.hubs.commit([commitOf(sampleHub(memberRef, { rev: 2 }), token, [decided])]);
    expect(await stores.conflicts.get(decided.id)).toEqual(decided);
  });
});
