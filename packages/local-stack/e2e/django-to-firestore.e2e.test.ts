import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tap } from "./world/bus.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, freshKennitalas, person } from "./world/people.ts";
import { withoutOurs } from "./world/documents.ts";
import { knownMember } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

describe.each(["sqlite", "postgres"] as const)("Django → Firestore, on %s", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ database });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const known = (changes = {}) => knownMember(world, changes);

  /** What Django tells meanwhile does not get to the reconciler. */
  async function heldBack<T>(edits: (held: Tap) => Promise<T>): Promise<T> {
    await using held = await world.bus.intercept("reconciler-changes-django");
    return await edits(held);
  }

  test("1. Name changes: `profile.name` follows within seconds, no other field of the document is touched.", async () => {
    const kennitala = await known();
    const before = withoutOurs(await world.portal.document(kennitala));
    await world.django.edit(kennitala, { name: "Guðrún Önundardóttir" });
    await eventually({ what: "the name in the document", withinMs: 5_000 }, async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Guðrún Önundardóttir" } });
    });
    expect(withoutOurs(await world.portal.document(kennitala))).toEqual({
      ...before,
      profile: { ...before["profile"], name: "Guðrún Önundardóttir" },
    });
  });

  test("2. E-mail changes in the related contact table only: it follows.", async () => {
    const kennitala = await known();
    await world.django.edit(kennitala, { contact_info: { email: "ny@example.is" } });
    await eventually({ what: "the e-mail in the document", withinMs: 5_000 }, async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { email: "ny@example.is" } });
    });
  });

  test("3. Member, contact and address saved in one transaction: one change, with the committed values. Rolled back: nothing.", async () => {
    const kennitala = await known();
    const before = await world.api.timeline(kennitala);
    await world.django.python(
      [
        "with transaction.atomic():",
        `    member = Member.objects.get(ssn='${kennitala}')`,
        "    member.name = 'Half way'; member.save()",
        "    member.contact_info.phone = '5551111'; member.contact_info.save()",
        "    member.address.city = 'Akureyri'; member.address.save()",
        "    member.name = 'Committed'; member.save()",
      ].join("\n"),
      1,
    );
    await expectEqual(world, kennitala);
    await eventually("the committed values", async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({
        profile: { name: "Committed", phone: "5551111" },
        address: { city: "Akureyri" },
      });
    });
    const [newest, ...older] = await world.api.timeline(kennitala);
    expect(older).toHaveLength(before.length);
    expect(newest?.entries.map(({ group }) => group).toSorted()).toEqual(["address", "name", "phone"]);

    await world.django.python(
      [
        "try:",
        "    with transaction.atomic():",
        `        Member.objects.filter(ssn='${kennitala}').update(name='Rolled back')`,
        `        ContactInfo.objects.filter(member__ssn='${kennitala}').update(phone='5559999')`,
        "        raise RuntimeError()",
        "except RuntimeError: pass",
      ].join("\n"),
    );
    await world.django.edit(kennitala, { contact_info: { facebook: "later" } });
    await eventually("the later edit", async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Committed", phone: "5551111", facebook: "later" } });
    });
    const [last, ...rest] = await world.api.timeline(kennitala);
    expect(rest).toHaveLength(older.length + 1);
    expect(last?.entries.map(({ group }) => group)).toEqual(["facebook"]);
  });

  test("4. `QuerySet.update()`, `bulk_update`, raw SQL: captured.", async () => {
    const [updated = "", bulk = "", raw = ""] = freshKennitalas(3);
    await world.django.createAll([updated, bulk, raw].map((kennitala) => ({ kennitala, member: person(kennitala) })));
    for (const kennitala of [updated, bulk, raw]) await expectEqual(world, kennitala);
    await world.django.python(
      [
        `Member.objects.filter(ssn='${updated}').update(name='By update')`,
        `rows = list(ContactInfo.objects.filter(member__ssn='${bulk}'))`,
        "for row in rows: row.email = 'bulk@example.is'",
        "ContactInfo.objects.bulk_update(rows, ['email'])",
        "with connection.cursor() as cursor:",
        `    cursor.execute("UPDATE felagar_address SET city = 'Húsavík' WHERE member_id = (SELECT id FROM felagar_member WHERE ssn = %s)", ['${raw}'])`,
      ].join("\n"),
      3,
    );
    await eventually("all three in their documents", async () => {
      expect(await world.portal.document(updated)).toMatchObject({ profile: { name: "By update" } });
      expect(await world.portal.document(bulk)).toMatchObject({ profile: { email: "bulk@example.is" } });
      expect(await world.portal.document(raw)).toMatchObject({ address: { city: "Húsavík" } });
    });
  });

  test("5. New member with all relations: one document in the canonical shape.", async () => {
    const kennitala = await known();
    const { name, birthday, gender, contact_info, address } = person(kennitala);
    const document = await world.portal.document(kennitala);
    expect(withoutOurs(document)).toEqual({
      profile: { kennitala, name, birthday, gender, ...contact_info },
      address,
      membership: { status: "active" },
    });
    expect(document).toMatchObject({ metadata: { django_id: (await world.django.shown(kennitala))?.id, deleted_at: null } });
  });

  test("5. Document already there with portal-only fields: merged, none lost.", async () => {
    const kennitala = freshKennitala();
    const { name } = person(kennitala);
    const own = { preferences: { newsletter: false, languages: ["is", "en"] }, profile: { kennitala, name, avatar: "blue" } };
    await Promise.all([world.portal.put(kennitala, own), world.django.create(kennitala, person(kennitala))]);
    await expectEqual(world, kennitala);
    const { contact_info, address } = person(kennitala);
    expect(await world.portal.document(kennitala)).toMatchObject({ ...own, profile: { ...own.profile, ...contact_info }, address });
    expect(await world.api.conflicts("open", kennitala)).toEqual([]);
  });

  test("6. Update for a document that is missing: created, not an endless error.", async () => {
    const kennitala = freshKennitala();
    await world.django.python(
      [
        "with transaction.atomic():",
        `    member = Member.objects.create(ssn='${kennitala}', name='Unheard of')`,
        "    ContactInfo.objects.create(member=member, phone='5552222')",
        `    MemberSyncQueue.objects.filter(ssn='${kennitala}').update(synced_at=timezone.now(), sync_status='synced')`,
      ].join("\n"),
    );
    await world.django.edit(kennitala, { contact_info: { email: "fyrst@example.is" } });
    await expectEqual(world, kennitala);
    expect(await world.portal.document(kennitala)).toMatchObject({
      profile: { kennitala, name: "Unheard of", phone: "5552222", email: "fyrst@example.is" },
    });
  });

  test("7. A value is cleared: it is cleared there, and stays so. A field the source does not carry: kept.", async () => {
    const kennitala = await known();
    await world.django.edit(kennitala, { birthday: null, contact_info: { email: null, phone: "" } });
    await eventually("the cleared values", async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { email: null, phone: null, birthday: null } });
    });
    await world.portal.edit(kennitala, { "profile.facebook": "kept.up" });
    await eventually("the later edit", async () => expect((await world.django.shown(kennitala))?.contact_info.facebook).toBe("kept.up"));
    expect(await world.django.shown(kennitala)).toMatchObject({ birthday: null, contact_info: { email: null, phone: "" } });
    await expectEqual(world, kennitala);

    const partial = freshKennitala();
    const whole = person(partial);
    await Promise.all([
      world.portal.put(partial, { profile: { kennitala: partial, phone: "5553333" } }),
      world.django.create(partial, { ...whole, contact_info: { ...whole.contact_info, phone: "" } }),
    ]);
    await expectEqual(world, partial);
    expect(await world.django.shown(partial)).toMatchObject({
      name: whole.name,
      contact_info: { ...whole.contact_info, phone: "5553333" },
      address: whole.address,
    });
  });

  test("8. Gender null: works. Gender 0: is 0, not null.", async () => {
    const kennitala = await known({ gender: null });
    expect(await world.portal.record(kennitala)).not.toHaveProperty("gender");
    for (const gender of [0, null, 0, 2]) {
      await world.django.edit(kennitala, { gender });
      await eventually(`gender ${gender} in the document`, async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { gender } }),
      );
    }
  });

  test("9. Two quick saves, delivered in reverse: the second one's state. The same change twice: one effect, one history entry. A save that changes nothing: nothing.", async () => {
    const kennitala = await known();
    const memberRef = await world.api.refOf(kennitala);
    const before = await world.api.timeline(kennitala);
    const saves = await heldBack(async (held) => {
      for (const [at, name] of ["First save", "Second save"].entries()) {
        await world.django.edit(kennitala, { name });
        await eventually("the save being held back", () => expect(held.messages).toHaveLength(at + 1));
      }
      return held.messages;
    });
    for (const message of saves.toReversed()) {
      expect(message.data).toContain(memberRef);
      await world.bus.publish("member-changes-django", message);
      await eventually("the second save", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Second save" } }),
      );
    }
    for (const message of [...saves, ...saves]) await world.bus.publish("member-changes-django", message);
    await world.django.edit(kennitala, { name: "Second save" });
    await world.django.edit(kennitala, { contact_info: { facebook: "after" } });
    await eventually("the edit after them", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { facebook: "after" } }),
    );
    await expectEqual(world, kennitala);
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Second save" } });
    const [after, reversed, ...rest] = await world.api.timeline(kennitala);
    expect([after, reversed].map((record) => record?.entries.map(({ group, value }) => [group, value]))).toEqual([
      [["facebook", "after"]],
      [["name", "Second save"]],
    ]);
    expect(rest).toEqual(before);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
