import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, type Stores } from "./backends.ts";
import { commitOf, refOf, sampleHub } from "./sample.ts";

const memberRef = refOf("timeline");

describe.each(backends)("history store on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
    let token: string | null = null;
    for (let rev = 1; rev <= 12; rev += 1) {
      const [outcome] = await stores.hubs.commit([commitOf(sampleHub(memberRef, { rev }), token)]);
      token = outcome?.kind === "committed" ? outcome.token : null;
    }
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  it("pages a timeline newest first, in the order of the commits even within one instant", async () => {
    const first = await stores.history.timeline(memberRef, null, 5);
    const second = await stores.history.timeline(memberRef, first.next, 5);
    const third = await stores.history.timeline(memberRef, second.next, 5);
    const revs = [first, second, third].flatMap((page) => page.items.map(({ id }) => Number(id.split("-")[1])));
    expect(revs).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(third.next).toBeNull();
  });

  it("tells one member's story only", async () => {
    expect(await stores.history.timeline(refOf("somebody else"), null, 5)).toEqual({ items: [], next: null });
  });
});
