import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { describe, expect, test } from "vitest";
import { ANNA, command, delivered } from "../../test/rules.ts";
import { PORTAL, trackerUnderTest } from "../../test/tracker-under-test.ts";
import type { DocumentData } from "./ports.ts";

const HOME = { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" };
const GROUPS = { name: "Anna", email: "anna@example.is", gender: 0, address: HOME };

/** A document as a create of ours leaves it, and what the portal then does to it. */
async function written() {
  const under = trackerUnderTest();
  await under.tracker.apply(delivered([command({ writeId: "w1", djangoId: 7, groups: GROUPS })]));
  const events: Promise<unknown>[] = [];
  under.documents.onChange((change) => void events.push(under.tracker.capture(change)));
  const last = (): Observation => {
    const observation = under.publisher.observations().at(-1);
    if (observation === undefined) throw new Error("nothing was published");
    return observation;
  };
  return {
    ...under,
    /** `set()` without merge. */
    async set(data: DocumentData): Promise<Observation> {
      under.documents.patch(ANNA, data, undefined, PORTAL);
      await Promise.all(events);
      return last();
    },
    /** `update()`: paths that `data` lacks are deleted fields. */
    async update(paths: readonly string[], data: DocumentData = {}): Promise<Observation> {
      under.documents.patch(ANNA, data, paths, PORTAL);
      await Promise.all(events);
      return last();
    },
    /** A stale answer: the document as it is read back. */
    async readBack(): Promise<Observation> {
      await under.tracker.apply(delivered([command({ writeId: "w2", expectRevision: "1", groups: { name: "B" } })]));
      return last();
    },
  };
}

describe("a portal that replaces", () => {
  test("the document with set() clears nothing: what is missing keeps its value and is named as replaced, what it carries is an edit", async () => {
    const { set, readBack } = await written();
    const event = await set({ profile: { kennitala: ANNA, name: "Nanna" } });
    expect(event).toMatchObject({ record: { name: "Nanna" }, replaced: ["email", "gender", "address"] });
    expect(event.record).toEqual({ phone: null, birthday: null, ...GROUPS, name: "Nanna" });
    expect(event.changed).toEqual({ name: { from: "Anna", to: "Nanna" } });
    expect((await readBack()).record).toEqual({ name: "Nanna" });
  });

  test("the profile clears nothing of it, and leaves the address alone", async () => {
    const { update, readBack } = await written();
    const event = await update(["profile"], { profile: { name: "Nanna" } });
    expect(event.record).toEqual({ phone: null, birthday: null, ...GROUPS, name: "Nanna" });
    expect(event).toMatchObject({ replaced: ["email", "gender"], tampered: ["profile.kennitala"] });
    expect((await readBack()).record).toEqual({ name: "Nanna", address: HOME });
  });

  test("the metadata alone loses no field, and still tells which write of ours it was made on", async () => {
    const { update } = await written();
    const event = await update(["metadata"]);
    expect(event).toMatchObject({ record: GROUPS, changed: {}, writeId: "w1", rejected: {} });
    expect(await update(["profile.phone"], { profile: { phone: "5551234" } })).toMatchObject({ writeId: null });
    expect(event).not.toHaveProperty("replaced");
  });

  test("the document, and carries one part of the address: that part is an edit, the others keep their values", async () => {
    const { set } = await written();
    const event = await set({ ...GROUPS_IN_PROFILE, address: { street: "Laugavegur 2" } });
    expect(event.record["address"]).toEqual({ ...HOME, street: "Laugavegur 2" });
    expect(event.replaced).toEqual(["address"]);
    expect(event.changed).toMatchObject({ address: { to: { street: "Laugavegur 2", city: "Reykjavík" } } });
  });

  test("the document, and clears one part of the address: that part is cleared, the others keep their values", async () => {
    const { set } = await written();
    const event = await set({ ...GROUPS_IN_PROFILE, address: { street: null } });
    expect(event.record["address"]).toEqual({ ...HOME, street: null });
  });

  test("the document by all that is mapped loses nothing", async () => {
    const { set } = await written();
    const event = await set({ ...GROUPS_IN_PROFILE, address: HOME });
    expect(event).toMatchObject({ record: GROUPS, changed: {} });
    expect(event).not.toHaveProperty("replaced");
  });

  test("a map by something unreadable clears nothing, and nothing of it counts as replaced", async () => {
    const { update } = await written();
    const event = await update(["address"], { address: "Laugavegur 2" });
    expect(event.record).not.toHaveProperty("address");
    expect(event).not.toHaveProperty("replaced");
  });

  test("the document after an edit: the edited value is in the event, since the event of the edit may come last", async () => {
    const { update, set } = await written();
    await update(["profile.email"], { profile: { email: "b@example.is" } });
    const event = await set({ profile: { kennitala: ANNA, name: "Anna" } });
    expect(event).toMatchObject({ record: { email: "b@example.is" }, replaced: ["email", "gender", "address"], changed: {} });
  });

  test("the document after a field was cleared: the clearing stands, whichever event is heard first", async () => {
    const { update, set } = await written();
    await update(["profile.email"]);
    const event = await set({ profile: { kennitala: ANNA, name: "Anna" } });
    expect(event).toMatchObject({ record: { name: "Anna", email: null }, replaced: ["gender", "address"] });
  });
});

const GROUPS_IN_PROFILE = { profile: { kennitala: ANNA, name: "Anna", email: "anna@example.is", gender: 0 } };

describe("a portal that deletes a field", () => {
  test.each([
    ["the e-mail", "profile.email", { email: null }],
    ["the address as a whole", "address", { address: null }],
    ["a part of the address", "address.city", { address: { ...HOME, city: null } }],
  ])("%s clears just that, in the event and in a read", async (_what, path, cleared) => {
    const { update, readBack } = await written();
    const event = await update([path]);
    expect(event.record).toEqual({ phone: null, birthday: null, ...GROUPS, ...cleared });
    expect(event).not.toHaveProperty("replaced");
    expect((await readBack()).record).toEqual(event.record);
  });

  test("says so with every later edit, too: the event of the deletion may come last", async () => {
    const { update } = await written();
    await update(["profile.email"]);
    expect((await update(["profile.name"], { profile: { name: "B" } })).record).toMatchObject({ name: "B", email: null });
  });

  test("in a document that we never wrote to clears it in the event; a read cannot tell", async () => {
    const under = trackerUnderTest();
    under.documents.patch(ANNA, { profile: { name: "Anna", email: "a@b.is" } }, undefined, PORTAL);
    const captured: Promise<unknown>[] = [];
    under.documents.onChange((change) => void captured.push(under.tracker.capture(change)));
    under.documents.patch(ANNA, {}, ["profile.email"], PORTAL);
    await Promise.all(captured);
    await under.tracker.backfill();
    const [event, standing] = under.publisher.observations();
    expect(event?.record).toEqual({ name: "Anna", email: null });
    expect(standing?.record).toEqual({ name: "Anna" });
  });

  test("in a document of an earlier program clears it, unless the Django id went with it", async () => {
    const earlier = { profile: { name: "Anna", email: "a@b.is" }, metadata: { django_id: 7 } };
    const { set } = await written();
    await set(earlier);
    expect((await set({ ...earlier, profile: { name: "Anna" } })).record).toEqual({ name: "Anna", email: null });
    await set(earlier);
    expect(await set({ profile: { name: "Anna" } })).toMatchObject({ record: { name: "Anna" }, replaced: ["email"] });
  });

  test("and forges the mark with it is read like one that replaces the document", async () => {
    const { update, set } = await written();
    const event = await update(["profile.email", "metadata.sync.write_id"], { metadata: { sync: { write_id: "x" } } });
    expect(event).toMatchObject({ replaced: ["email"], tampered: ["metadata.sync"] });
    expect(event.record).toMatchObject({ email: "anna@example.is" });
    const wiped = await set({ profile: { kennitala: ANNA } });
    expect(wiped.replaced).toEqual(["name", "gender", "address"]);
  });
});
