import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DjangoProxy } from "./world/django-proxy.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, freshKennitalas, person } from "./world/people.ts";
import { isAliveDocument } from "./world/portal-side.ts";
import { knownMember, onlyConflict, unseenByEachOther } from "./world/scenes.ts";
import { djangoWrites, isInOrder, watchDocument } from "./world/witness.ts";
import { openWorld, type World } from "./world/world.ts";

/** Known failures of other systems, made to happen here. docs/anomalies.md tells whose they are, and where that is written. */
describe("Anomalies of lives", () => {
  let world: World;
  let proxy: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld();
    proxy = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const inactive = { membership: { status: "inactive" }, metadata: { deleted_at: expect.anything() } };

  async function deletedMember(): Promise<string> {
    const kennitala = await knownMember(world);
    await world.django.remove(kennitala);
    await eventually("the document being marked", async () => expect(await world.portal.document(kennitala)).toMatchObject(inactive));
    await expectEqual(world, kennitala);
    return kennitala;
  }

  async function expectGone(kennitala: string): Promise<void> {
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toBeUndefined();
    expect(isAliveDocument(await world.portal.document(kennitala))).toBe(false);
    expect(await world.api.member(kennitala)).toMatchObject({ life: { state: "deleted", incarnation: 1 } });
  }

  test("Heroku Connect, a delete that revives for a while: edited in the portal before the deletion is heard of, the member is not brought back for a moment", async () => {
    const kennitala = await knownMember(world);
    await world.kill("djangoAdapter");
    await world.django.remove(kennitala);
    await world.portal.edit(kennitala, { "profile.phone": "5551001" });
    await eventually("the portal's edit on its way to Django", async () =>
      expect(await world.api.member(kennitala)).toMatchObject({ django: { inFlight: { writeId: expect.any(String) } } }),
    );
    await using witness = await watchDocument(world, kennitala);
    await world.restart("djangoAdapter");
    const conflict = await onlyConflict(world, kennitala);
    expect(conflict).toMatchObject({ group: "life", cause: "delete-edit" });
    await expectEqual(world, kennitala);
    expect((await world.api.resolve(conflict, { choice: "django" })).status).toBe(200);
    await eventually("the deletion in the document", async () => expect(await world.portal.document(kennitala)).toMatchObject(inactive));
    await expectGone(kennitala);
    expect((await djangoWrites(world, kennitala)).map(({ action }) => action)).toEqual(["create", "delete"]);
    expect(isInOrder(witness.states.map((state) => isAliveDocument(state)))).toBe(true);
  });

  test("Heroku Connect, re-inserted records: created and deleted before the sync got to them, they stay deleted", async () => {
    const kennitalas = freshKennitalas(4);
    for (const kennitala of kennitalas) {
      await world.django.create(kennitala, person(kennitala));
      await world.django.remove(kennitala);
    }
    await world.kill("tracker");
    const underWay = freshKennitala();
    await world.django.create(underWay, person(underWay));
    await eventually("the create being on its way", async () =>
      expect(await world.api.member(underWay)).toMatchObject({ firestore: { inFlight: { writeId: expect.any(String) } } }),
    );
    await world.django.remove(underWay);
    await eventually("the deletion being taken in", async () =>
      expect(await world.api.member(underWay)).toMatchObject({ life: { state: "deleted" } }),
    );
    await world.restart("tracker");
    for (const kennitala of [...kennitalas, underWay]) {
      await eventually("the deletion being taken in", async () =>
        expect(await world.api.member(kennitala)).toMatchObject({ life: { state: "deleted" } }),
      );
      await expectGone(kennitala);
      expect((await djangoWrites(world, kennitala)).map(({ action }) => action)).toEqual(["create", "delete"]);
    }
  });

  const races = (["django", "firestore"] as const).flatMap((deleter) =>
    (["the deletion", "the edit"] as const).flatMap((first) => (["kept", "deleted"] as const).map((end) => ({ deleter, first, end }))),
  );
  test.each(races)(
    "Spock, a delete/update race: deleted in $deleter, $first is heard of first: one question; $end on both sides, never here and gone there",
    async ({ deleter, first, end }) => {
      const kennitala = await knownMember(world);
      const editor = deleter === "django" ? "firestore" : "django";
      const heard = async (side: "django" | "firestore", act: () => Promise<void>) => {
        const before = (await world.api.member(kennitala))?.[side]?.revision;
        await act();
        await eventually(`${side} being heard of`, async () =>
          expect((await world.api.member(kennitala))?.[side]?.revision).not.toBe(before),
        );
      };
      const remove = () => heard(deleter, () => world[deleter === "django" ? "django" : "portal"].remove(kennitala));
      const edit = () =>
        heard(editor, () =>
          editor === "django"
            ? world.django.edit(kennitala, { name: "Breytt" })
            : world.portal.edit(kennitala, { "profile.name": "Breytt" }),
        );
      await unseenByEachOther(world, kennitala, async () => {
        for (const act of first === "the edit" ? [edit, remove] : [remove, edit]) await act();
      });
      const conflict = await onlyConflict(world, kennitala);
      expect(conflict.group).toBe("life");
      await expectEqual(world, kennitala);
      expect((await world.api.resolve(conflict, { choice: end === "kept" ? editor : deleter })).status).toBe(200);
      await expectEqual(world, kennitala);
      expect((await world.django.standing(kennitala))?.life === "alive").toBe(end === "kept");
      expect(isAliveDocument(await world.portal.document(kennitala))).toBe(end === "kept");
      expect(await world.api.conflicts("open", kennitala)).toEqual([]);
    },
  );

  test("Tombstone pruners that fight: both sides forget the deletion, both are read anew, and old messages come again: nobody is inserted again", async () => {
    const [commands, changes] = [await world.bus.tap("member-apply-firestore"), await world.bus.tap("member-changes-django")];
    const kennitala = await deletedMember();
    const memberRef = await world.api.refOf(kennitala);
    const ofThem = ({ data }: { readonly data: string }) => data.includes(memberRef);
    await eventually("its messages at the taps", () => {
      expect(commands.messages.filter(ofThem).length).toBeGreaterThanOrEqual(2);
      expect(changes.messages.filter(ofThem).length).toBeGreaterThanOrEqual(2);
    });
    await world.django.python("from django.core.management import call_command\ncall_command('member_sync_prune', days=0, write_days=0)");
    expect(await djangoWrites(world, kennitala)).toEqual([]);
    await world.portal.remove(kennitala);
    await using witness = await watchDocument(world, kennitala);
    for (const message of commands.messages.filter(ofThem)) await world.bus.publish("member-apply-firestore", message);
    for (const message of changes.messages.filter(ofThem)) await world.bus.publish("member-changes-django", message);
    expect((await fetch(`${world.stack.addresses.tracker.url}/backfill`, { method: "POST" })).status).toBe(200);
    await world.django.python("from django.core.management import call_command\ncall_command('member_sync_backfill', all=True)");
    const barrier = await knownMember(world);
    await world.portal.edit(barrier, { "profile.phone": "5551002" });
    await expectEqual(world, barrier);
    await expectGone(kennitala);
    expect(await world.portal.document(kennitala)).toBeUndefined();
    expect(witness.states).toEqual([undefined]);
    expect(await world.api.conflicts("all", kennitala)).toEqual([]);
  });

  test("DAVx5, a local edit against a remote delete that is tried for ever: one question, and not one request more, however often it is edited, flushed and swept", async () => {
    const kennitala = await knownMember(world);
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.remove(kennitala);
      await world.portal.edit(kennitala, { "profile.phone": "5551003" });
    });
    const conflict = await onlyConflict(world, kennitala);
    await expectEqual(world, kennitala);
    const asked = () => proxy.requests("api/sync/apply/").filter(({ body }) => body.includes(kennitala)).length;
    const before = asked();
    for (const phone of ["5551004", "5551005", "5551006"]) {
      await world.portal.edit(kennitala, { "profile.phone": phone });
      await eventually("the edit being taken in", async () =>
        expect((await world.api.member(kennitala))?.groups.find(({ group }) => group === "phone")?.firestore).toBe(phone),
      );
      expect((await world.api.flush()).status).toBe(200);
    }
    expect(asked()).toBe(before);
    expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 });
    const now = await onlyConflict(world, kennitala);
    expect(now.id).toBe(conflict.id);
    expect((await world.api.resolve(now, { choice: "firestore" })).status).toBe(200);
    await eventually("the member in Django again, with the last edit", async () =>
      expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5551006"),
    );
    await expectEqual(world, kennitala);
  });

  test("The original's webhooks, any update revived a deleted member: edits of a document that is marked as deleted leave it so", async () => {
    const kennitala = await deletedMember();
    await using witness = await watchDocument(world, kennitala);
    for (const phone of ["5551007", "5551008"]) {
      await world.portal.edit(kennitala, { "profile.phone": phone });
      await eventually("the edit being taken in", async () =>
        expect((await world.api.member(kennitala))?.groups.find(({ group }) => group === "phone")?.firestore).toBe(phone),
      );
    }
    await expectGone(kennitala);
    expect(witness.states.some((state) => isAliveDocument(state))).toBe(false);
    expect(await world.portal.document(kennitala)).toMatchObject(inactive);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
