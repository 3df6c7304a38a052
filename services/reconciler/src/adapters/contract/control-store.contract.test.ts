import { describe, expect, it } from "vitest";
import { backends } from "./backends.ts";
import { at } from "./sample.ts";

const OPEN = { paused: false, direction: "both", reason: null, changedAt: null, suspicions: [], restores: [] } as const;
const STEERED = {
  paused: true,
  direction: "to-django",
  reason: "moving house",
  changedAt: at(1),
  suspicions: [{ side: "django", from: null, to: ["b", "c"], since: at(2) }],
  restores: [{ side: "firestore", lineage: null, ended: ["a"], confirmedAt: at(3), reason: "a test", actor: "user:1" }],
} as const;

describe.each(backends)("the control of the sync on $name", ({ open }) => {
  it("runs both ways before anybody steers it, and keeps what it is told", async () => {
    await using stores = await open();
    expect(await stores.control.read()).toEqual(OPEN);
    expect(await stores.control.update(() => STEERED)).toEqual(STEERED);
    expect(await stores.control.read()).toEqual(STEERED);
  });

  it("is left alone by a change that asks for nothing, which gets to know how it stands", async () => {
    await using stores = await open();
    await stores.control.update(() => STEERED);
    expect(await stores.control.update(() => null)).toEqual(STEERED);
    expect(await stores.control.read()).toEqual(STEERED);
  });

  it("loses no change of several writers at once", async () => {
    await using stores = await open();
    const add = (name: string) => stores.control.update((stored) => ({ ...stored, reason: `${stored.reason ?? ""}${name}` }));
    await Promise.all(["a", "b", "c", "d"].map(add));
    expect([...((await stores.control.read()).reason ?? "")].toSorted().join("")).toBe("abcd");
  });
});
