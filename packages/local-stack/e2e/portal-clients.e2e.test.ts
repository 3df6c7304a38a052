import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectEntry, expectInSync, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { person } from "./world/people.ts";
import { portalClients, SDKS, type PortalClient, type Sdk } from "./world/portal-clients.ts";
import { expectShown, knownMember } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

/** What portals and members do to their documents, by the libraries that portals are written with. */
describe("Portal clients", () => {
  let world: World;
  let clientOf: (sdk: Sdk) => PortalClient;
  beforeAll(async () => {
    world = await openWorld();
    clientOf = portalClients(world);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  describe("A.4. A member writes the sync's own mark", () => {
    /** The revision that the document stands at, as the sync names it. */
    async function revisionOf(kennitala: string): Promise<string> {
      const { updateTime } = await world.portal.firestore.collection("members").doc(kennitala).get();
      if (updateTime === undefined) throw new Error("there is no document");
      return String(BigInt(updateTime.seconds) * 1_000_000_000n + BigInt(updateTime.nanoseconds));
    }
    const markOf = async (kennitala: string) => (await clientOf("the web SDK").read(kennitala))["metadata"].sync;

    /** A member whose mark has changed since the document was made: both marks, the first one gone from the document. */
    async function twiceMarked() {
      const kennitala = await knownMember(world);
      const first = await markOf(kennitala);
      await world.django.edit(kennitala, { contact_info: { facebook: "second.mark" } });
      await eventually("the second mark", async () => expect(await markOf(kennitala)).not.toEqual(first));
      await expectInSync(world, kennitala);
      return { kennitala, first, second: await markOf(kennitala) };
    }

    async function expectSeen(kennitala: string, phone: string): Promise<void> {
      await expectShown(world, kennitala, { contact_info: { phone } });
      await expectInSync(world, kennitala);
      await expectEntry(world, kennitala, { group: "phone", outcome: "accepted", side: "firestore", value: phone });
      await expectEntry(world, kennitala, { group: expect.stringMatching(/^metadata\.sync/), outcome: "refused", rule: "forbidden" });
    }

    async function expectNextEditLands(kennitala: string): Promise<void> {
      await world.django.edit(kennitala, { contact_info: { phone: "5540002" } });
      await eventually("Django's next edit", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5540002" } }),
      );
      await expectInSync(world, kennitala);
    }

    test.each([
      { writeId: "of their own", forged: { "metadata.sync.write_id": "aaaaaaaaaaaaaaaaaaaa.f1.forged" } },
      { writeId: "as it is", forged: {} },
    ])(
      "the document's own revision, the write id $writeId, with an edit: it is seen, goes to Django, and the mark is repaired",
      async ({ forged }) => {
        const { kennitala, second } = await twiceMarked();
        const revision = await revisionOf(kennitala);
        await clientOf("the web SDK").update(kennitala, { ...forged, "metadata.sync.revision": revision, "profile.phone": "5540001" });
        await expectSeen(kennitala, "5540001");
        const repaired = await markOf(kennitala);
        expect(repaired.write_id).not.toBe("aaaaaaaaaaaaaaaaaaaa.f1.forged");
        expect(repaired).toMatchObject({ sig: expect.any(String), revision: expect.any(String) });
        expect(repaired.sig).not.toBe(second.sig);
        await expectNextEditLands(kennitala);
      },
    );

    test("the whole mark as it stood in the document before, with an edit: it is seen, goes to Django, and the mark is repaired", async () => {
      const { kennitala, first, second } = await twiceMarked();
      await clientOf("the web SDK").update(kennitala, { "metadata.sync": first, "profile.phone": "5540001" });
      await expectSeen(kennitala, "5540001");
      expect([first.write_id, second.write_id]).not.toContain((await markOf(kennitala)).write_id);
      await expectNextEditLands(kennitala);
    });
  });

  describe("A.6. A forbidden change alone", () => {
    const changes = SDKS.flatMap((sdk) => [
      { sdk, path: "membership.status", value: "honorary" },
      { sdk, path: "profile.kennitala", value: "0101302989" },
    ]);
    test.each(changes)("of $path by $sdk is recorded and put back, and in sync is false in between", async ({ sdk, path, value }) => {
      const kennitala = await knownMember(world);
      const at = async () => path.split(".").reduce((map, key) => map[key], await clientOf(sdk).read(kennitala));
      const ours = await at();
      // Nothing can be put back meanwhile.
      await world.api.control({ paused: true });
      try {
        await clientOf(sdk).update(kennitala, { [path]: value });
        await expectEntry(world, kennitala, { group: path, outcome: "refused", side: "firestore", rule: "forbidden" });
        expect(await world.api.member(kennitala)).toMatchObject({ inSync: false });
        expect(await at()).toBe(value);
      } finally {
        await world.api.control({ paused: false });
      }
      await eventually("it put back", async () => expect(await at()).toBe(ours));
      await expectInSync(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ is_active: true, ssn: kennitala });
    });
  });

  describe.each(SDKS)("A.7. A replaced document, by %s", (sdk) => {
    /** The values of a member in Django that a portal's document never named. */
    const kept = (kennitala: string) => {
      const { contact_info, address, birthday, gender } = person(kennitala);
      return { birthday, gender, contact_info: { email: contact_info.email, facebook: contact_info.facebook }, address };
    };

    test("set() without merge clears nothing in Django; what it carries counts as edited", async () => {
      const kennitala = await knownMember(world);
      await clientOf(sdk).set(kennitala, { profile: { name: "Nýtt Nafn", phone: null }, preferences: { theme: "dark" } });
      await expectShown(world, kennitala, { name: "Nýtt Nafn", contact_info: { phone: "" } });
      await expectInSync(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject(kept(kennitala));
      expect(await world.portal.document(kennitala)).toMatchObject({
        profile: { kennitala, name: "Nýtt Nafn", email: person(kennitala).contact_info.email },
        preferences: { theme: "dark" },
        membership: { status: "active" },
        metadata: { django_id: (await world.django.shown(kennitala))?.id },
      });
      await expectEntry(world, kennitala, { group: "email", outcome: "kept", side: "firestore", rule: "document-replaced" });
    });

    test("update({profile: {name}}) clears nothing in Django", async () => {
      const kennitala = await knownMember(world);
      await clientOf(sdk).update(kennitala, { profile: { name: "Bara Nafn" } });
      await expectShown(world, kennitala, { name: "Bara Nafn" });
      await expectInSync(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ ...kept(kennitala), contact_info: person(kennitala).contact_info });
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { kennitala, ...person(kennitala).contact_info } });
      await expectEntry(world, kennitala, { group: "email", outcome: "kept", side: "firestore", rule: "document-replaced" });
    });

    test("a deleted field clears just that one", async () => {
      const kennitala = await knownMember(world);
      await clientOf(sdk).update(kennitala, { "profile.email": clientOf(sdk).deletion });
      await expectShown(world, kennitala, { contact_info: { email: null } });
      await expectInSync(world, kennitala);
      const { contact_info, ...rest } = person(kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ ...rest, contact_info: { ...contact_info, email: null } });
      await expectEntry(world, kennitala, { group: "email", outcome: "accepted", side: "firestore", value: null });
      expect((await world.api.entries(kennitala)).filter(({ outcome }) => outcome === "kept")).toEqual([]);
    });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
