import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, type Stores } from "./backends.ts";
import { at, sampleNotice } from "./sample.ts";

const resolution = { at: at(50), actor: "admin", reason: "mended" };

describe.each(backends)("dead letter store on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  it("keeps one record of a letter seen twice, and counts it", async () => {
    const notice = sampleNotice("seen-twice", { reason: "first" });
    await stores.deadLetters.put([notice], at(1));
    await stores.deadLetters.put([{ ...notice, reason: "second" }], at(2));
    expect(await stores.deadLetters.get("seen-twice")).toEqual({
      ...notice,
      reason: "second",
      state: "open",
      firstSeenAt: at(1),
      lastSeenAt: at(2),
      seen: 2,
    });
  });

  it("counts every copy, within one call and in calls at the same time", async () => {
    const notice = sampleNotice("copies");
    await stores.deadLetters.put([notice, notice], at(1));
    await Promise.all(Array.from({ length: 5 }, () => stores.deadLetters.put([notice], at(2))));
    expect((await stores.deadLetters.get("copies"))?.seen).toBe(7);
  });

  it("takes ids that no path could hold", async () => {
    const id = `../${"í/".repeat(50)}__x__`;
    await stores.deadLetters.put([sampleNotice(id)], at(1));
    expect((await stores.deadLetters.get(id))?.id).toBe(id);
  });

  it("keeps a message of ten megabytes whole", { timeout: 60_000 }, async () => {
    const text = "ðæþ €".repeat(1_100_000);
    await stores.deadLetters.put([sampleNotice("large", { cause: "oversized", data: text })], at(1));
    await stores.deadLetters.put([sampleNotice("large", { cause: "oversized", data: text })], at(2));
    const stored = await stores.deadLetters.get("large");
    expect(stored?.data === text).toBe(true);
    expect(stored?.seen).toBe(2);
  });

  it("resolves an open letter once", async () => {
    await stores.deadLetters.put([sampleNotice("resolved")], at(1));
    expect(await stores.deadLetters.resolve("resolved", "replayed", resolution, 2)).toBe(false);
    expect(await stores.deadLetters.resolve("resolved", "discarded", resolution, 1)).toBe(true);
    expect(await stores.deadLetters.resolve("resolved", "replayed", resolution)).toBe(false);
    expect(await stores.deadLetters.resolve("never was", "replayed", resolution)).toBe(false);
    expect(await stores.deadLetters.get("resolved")).toMatchObject({ state: "discarded", resolution });
  });

  it("opens a replayed letter again when it comes back, and leaves a discarded one closed", async () => {
    await stores.deadLetters.put([sampleNotice("came-back"), sampleNotice("unwanted")], at(1));
    await stores.deadLetters.resolve("came-back", "replayed", resolution);
    await stores.deadLetters.resolve("unwanted", "discarded", resolution);
    await stores.deadLetters.put([sampleNotice("came-back"), sampleNotice("unwanted")], at(60));
    const reopened = await stores.deadLetters.get("came-back");
    expect(reopened).toMatchObject({ state: "open", seen: 2 });
    expect(reopened).not.toHaveProperty("resolution");
    expect(await stores.deadLetters.get("unwanted")).toMatchObject({ state: "discarded", seen: 2, resolution });
  });
});

describe.each(backends)("list of dead letters on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
    for (const [index, cause] of (["malformed", "refused", "refused"] as const).entries())
      await stores.deadLetters.put([sampleNotice(`letter-${index}`, { cause })], at(index));
    await stores.deadLetters.resolve("letter-1", "replayed", resolution);
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  const ids = async (...list: Parameters<Stores["deadLetters"]["list"]>) =>
    (await stores.deadLetters.list(...list)).items.map(({ id }) => id);

  it("pages newest first", async () => {
    const first = await stores.deadLetters.list({ state: "all" }, null, 2);
    expect(first.items.map(({ id }) => id)).toEqual(["letter-2", "letter-1"]);
    expect(await ids({ state: "all" }, first.next, 2)).toEqual(["letter-0"]);
  });

  it("filters by state and by cause, and counts the open ones", async () => {
    expect(await ids({ state: "open" }, null, 10)).toEqual(["letter-2", "letter-0"]);
    expect(await ids({ state: "all", cause: "refused" }, null, 10)).toEqual(["letter-2", "letter-1"]);
    expect(await ids({ state: "open", cause: "refused" }, null, 10)).toEqual(["letter-2"]);
    expect(await ids({ state: "discarded" }, null, 10)).toEqual([]);
    expect(await stores.deadLetters.countOpen()).toBe(2);
  });
});
