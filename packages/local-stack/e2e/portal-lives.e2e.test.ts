import type { DocumentData } from "firebase/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectEntry, expectEqual, expectInSync, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, person } from "./world/people.ts";
import { isAliveDocument } from "./world/portal-side.ts";
import { portalClients, SDKS, type PortalClient, type Sdk } from "./world/portal-clients.ts";
import { expectShown, knownMember, onlyConflict } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

/** Lives that members begin, end and begin anew, by the libraries that portals are written with. */
describe("Lives in the portal", () => {
  let world: World;
  let clientOf: (sdk: Sdk) => PortalClient;
  beforeAll(async () => {
    world = await openWorld({ config: "./member-sync.e2e.config.ts" });
    clientOf = portalClients(world);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  describe("A.5. A deactivated member deletes their document and creates it anew", () => {
    /** Ends with an open question, with the values that the new document has. */
    async function recreated(sdk: Sdk, anew: (old: DocumentData, alive: DocumentData) => DocumentData) {
      const client = clientOf(sdk);
      const kennitala = await knownMember(world);
      const alive = await client.read(kennitala);
      await world.django.edit(kennitala, { is_active: false });
      await eventually("the document marked inactive", async () =>
        expect(isAliveDocument(await world.portal.document(kennitala))).toBe(false),
      );
      await expectInSync(world, kennitala);
      const old = await client.read(kennitala);
      await client.remove(kennitala);
      await client.set(kennitala, anew(old, alive));
      const conflict = await eventually("a question about the life", async () => {
        const open = await world.api.conflicts("open", kennitala);
        const found = open.find(({ group }) => group === "life");
        if (found === undefined) throw new Error("nobody is asked");
        return found;
      });
      await expectEqual(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ is_active: false });
      expect(await world.api.member(kennitala)).toMatchObject({ inSync: false });
      return { kennitala, conflict };
    }
    const fresh = (name: string) => () => ({ profile: { name, email: "anew@example.is" } });

    test.each(SDKS)("by %s: is_active stays false, and the decision for Django keeps it so", async (sdk) => {
      const { kennitala, conflict } = await recreated(sdk, fresh("Sjálfvirk Kona"));
      expect(conflict.cause).toBe("recreated");
      expect((await world.api.resolve(conflict, { choice: "django" })).status).toBe(200);
      await eventually("the new document marked inactive", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ membership: { status: "inactive" } }),
      );
      await expectInSync(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ is_active: false, name: person(kennitala).name });
      await expectEntry(world, kennitala, { group: "name", outcome: "lost", side: "firestore", value: "Sjálfvirk Kona" });
    });

    test.each(SDKS)("by %s: is_active stays false until the decision for Firestore, which begins a new life", async (sdk) => {
      const { kennitala, conflict } = await recreated(sdk, fresh("Aftur Komin"));
      expect(conflict.cause).toBe("recreated");
      expect((await world.api.resolve(conflict, { choice: "firestore" })).status).toBe(200);
      await expectShown(world, kennitala, { is_active: true, name: "Aftur Komin", contact_info: { email: "anew@example.is", phone: "" } });
      expect(await expectInSync(world, kennitala)).toMatchObject({ life: { state: "alive", incarnation: 2 } });
      expect(await world.portal.document(kennitala)).toMatchObject({ membership: { status: "active" } });
    });

    /** What somebody saves of the old document, with the sync's own mark, and puts back as a living member's. */
    const copyOf = (old: DocumentData, alive: DocumentData, mark: "last" | "first") => ({
      ...old,
      membership: alive["membership"],
      metadata: { ...old["metadata"], deleted_at: null, ...(mark === "last" ? {} : { sync: alive["metadata"].sync }) },
    });
    const copies = (["django", "firestore"] as const).flatMap((choice) => (["last", "first"] as const).map((mark) => ({ choice, mark })));
    test.each(copies)(
      "as a copy, with the sync's own $mark mark: is_active stays false until the decision for $choice",
      async ({ choice, mark }) => {
        const { kennitala, conflict } = await recreated("the web SDK", (old, alive) => copyOf(old, alive, mark));
        expect((await world.api.resolve(conflict, { choice })).status).toBe(200);
        const isKept = choice === "firestore";
        await eventually("the decision in the document", async () =>
          expect(isAliveDocument(await world.portal.document(kennitala))).toBe(isKept),
        );
        await expectShown(world, kennitala, { is_active: isKept });
        await expectInSync(world, kennitala);
      },
    );

    test("as a copy with an edit, with the sync's own mark: one question, and nothing of the document reaches Django", async () => {
      const { kennitala } = await recreated("the web SDK", (old, alive) => ({
        ...copyOf(old, alive, "last"),
        profile: { ...old["profile"], facebook: "copied" },
      }));
      await eventually("nothing more", async () => expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 }));
      expect(await world.api.conflicts("open", kennitala)).toMatchObject([{ group: "life", cause: "recreated" }]);
      expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { facebook: person(kennitala).contact_info.facebook } });
    });
  });

  describe("A.9. More traces", () => {
    const contact = { email: "tvisporin@example.is", phone: "5549001" };
    /** The messages of a subscription that something makes, none of which its service has got. */
    async function heldBack(subscription: string, count: number, act: () => Promise<void>) {
      await using held = await world.bus.intercept(subscription);
      await act();
      await eventually("the messages held back", () => expect(held.messages).toHaveLength(count));
      return held.messages;
    }
    const nameless = (kennitala: string) => ({ profile: { kennitala, ...contact } });

    test("a registration in two steps, the name arriving while the nameless create is being rejected: the row has everything", async () => {
      const kennitala = freshKennitala();
      const client = clientOf("the web SDK");
      const commands = await heldBack("django-adapter-apply", 1, () => client.set(kennitala, nameless(kennitala)));
      await client.update(kennitala, { "profile.name": "Nafn Í Öðru Skrefi" });
      await eventually("the name taken in", async () =>
        expect((await world.api.member(kennitala))?.groups).toContainEqual(
          expect.objectContaining({ group: "name", value: "Nafn Í Öðru Skrefi" }),
        ),
      );
      for (const command of commands) await world.bus.publish("member-apply-django", command);
      await expectShown(world, kennitala, { name: "Nafn Í Öðru Skrefi", is_active: true, contact_info: contact });
      await expectInSync(world, kennitala);
    });

    test("a registration in two steps, the rejection heard first: the name ends the question, and the row has everything", async () => {
      const kennitala = freshKennitala();
      const client = clientOf("firebase-admin");
      await client.set(kennitala, nameless(kennitala));
      expect(await onlyConflict(world, kennitala)).toMatchObject({ group: "life", cause: "rejected", refusal: { side: "django" } });
      await client.update(kennitala, { "profile.name": "Nafn Á Eftir" });
      await expectShown(world, kennitala, { name: "Nafn Á Eftir", is_active: true, contact_info: contact });
      await expectInSync(world, kennitala);
    });

    test.each(SDKS)(
      "a field deleted by %s while a command is in flight stays deleted, though the stale answer is heard first",
      async (sdk) => {
        const kennitala = await knownMember(world);
        const commands = await heldBack("tracker-apply", 1, () => world.django.edit(kennitala, { contact_info: { phone: "5549002" } }));
        const changes = await heldBack("reconciler-changes-firestore", 2, async () => {
          await clientOf(sdk).update(kennitala, { "profile.email": clientOf(sdk).deletion });
          for (const command of commands) await world.bus.publish("member-apply-firestore", command);
        });
        const isAnswer = ({ data }: { readonly data: string }) => data.includes('"status":"stale"');
        const [answer, event] = [changes.find(isAnswer), changes.find((message) => !isAnswer(message))];
        if (answer === undefined || event === undefined) throw new Error("there is no answer beside the event");
        await world.bus.publish("member-changes-firestore", answer);
        await eventually("the phone in the document", async () =>
          expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5549002" } }),
        );
        await world.bus.publish("member-changes-firestore", event);
        await expectShown(world, kennitala, { contact_info: { email: null, phone: "5549002" } });
        await expectInSync(world, kennitala);
        expect((await world.portal.document(kennitala))?.["profile"].email ?? null).toBeNull();
        await expectEntry(world, kennitala, { group: "email", outcome: "accepted", side: "firestore", value: null });
      },
    );

    test("a row deleted and made again in Django between two looks is a new life: the document keeps nothing of the first", async () => {
      const kennitala = await knownMember(world);
      const first = (await world.django.shown(kennitala))?.id;
      await world.django.python(
        [
          "with transaction.atomic():",
          `    Member.objects.get(ssn='${kennitala}').delete()`,
          `    Member.objects.create(ssn='${kennitala}', name='Önnur Ævi')`,
        ].join("\n"),
        2,
      );
      await eventually("the new life in the document", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Önnur Ævi", email: null, phone: null } }),
      );
      expect(await expectInSync(world, kennitala)).toMatchObject({ life: { state: "alive", incarnation: 2 } });
      const row = await world.django.shown(kennitala);
      expect(row?.id).not.toBe(first);
      expect(row).toMatchObject({ birthday: null, gender: null, contact_info: { email: null }, address: { city: null } });
      expect(await world.portal.document(kennitala)).toMatchObject({ metadata: { django_id: row?.id } });
      await expectEntry(world, kennitala, {
        group: "email",
        outcome: "lost",
        rule: "new-life",
        value: person(kennitala).contact_info.email,
      });
    });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
