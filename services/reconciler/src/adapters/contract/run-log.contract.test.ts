import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, type Stores } from "./backends.ts";
import { at, sampleRun } from "./sample.ts";

const LEASE_MS = 60_000;

describe.each(backends)("run log on $name", ({ open }) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await open();
  });
  afterEach(async () => {
    await stores[Symbol.asyncDispose]();
  });

  const all = async () => (await stores.runs.list(null, 10)).items;

  it("lets one of ten that begin at once work", async () => {
    const begun = await Promise.all(Array.from({ length: 10 }, (_, index) => stores.runs.begin(sampleRun(`run-${index}`), LEASE_MS)));
    expect(begun.filter((run) => run !== null)).toHaveLength(1);
    expect(await all()).toHaveLength(1);
  });

  it("lets the next begin once the run has finished", async () => {
    const run = await stores.runs.begin(sampleRun("first"), LEASE_MS);
    expect(run).toEqual(sampleRun("first"));
    const done = sampleRun("first", { status: "success", completed_at: at(5) });
    await stores.runs.finish(done);
    expect(await stores.runs.begin(sampleRun("second", { started_at: at(6) }), LEASE_MS)).not.toBeNull();
    expect(await all()).toEqual([sampleRun("second", { started_at: at(6) }), done]);
  });

  it("keeps the types apart", async () => {
    expect(await stores.runs.begin(sampleRun("flush"), LEASE_MS)).not.toBeNull();
    expect(await stores.runs.begin(sampleRun("replay", { type: "replay" }), LEASE_MS)).not.toBeNull();
  });

  it("lets another begin when the lease has run out, and says that the first one failed", async () => {
    await stores.runs.begin(sampleRun("died"), LEASE_MS);
    expect(await stores.runs.begin(sampleRun("early", { started_at: at(59) }), LEASE_MS)).toBeNull();
    expect(await stores.runs.begin(sampleRun("later", { started_at: at(61) }), LEASE_MS)).not.toBeNull();
    expect(await all()).toMatchObject([
      { id: "later", status: "running" },
      { id: "died", status: "failed", completed_at: at(61) },
    ]);
  });

  it("does not take the lease from a successor when a run that was given up finishes after all", async () => {
    await stores.runs.begin(sampleRun("slow"), LEASE_MS);
    await stores.runs.begin(sampleRun("successor", { started_at: at(61) }), LEASE_MS);
    await stores.runs.finish(sampleRun("slow", { status: "success", completed_at: at(62) }));
    expect(await stores.runs.begin(sampleRun("third", { started_at: at(63) }), LEASE_MS)).toBeNull();
  });

  it("pages the runs, latest first", async () => {
    for (let index = 0; index < 5; index += 1) {
      const run = sampleRun(`run-${index}`, { started_at: at(index) });
      await stores.runs.begin(run, LEASE_MS);
      await stores.runs.finish({ ...run, status: "failed", completed_at: at(index), error: "Django did not answer" });
    }
    const first = await stores.runs.list(null, 3);
    const second = await stores.runs.list(first.next, 3);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(["run-4", "run-3", "run-2", "run-1", "run-0"]);
    expect(second.next).toBeNull();
  });
});
