import { FieldValue } from "@google-cloud/firestore";
import { flagsOf } from "@member-sync/shared/member/field-map.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutOurs } from "./world/documents.ts";
import { expectEqual, expectQuiet, writesOf } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, person, profileOf } from "./world/people.ts";
import { knownMember, onlyConflict, unseenByEachOther } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

const KNOWN_GENDERS: readonly number[] = [0, 1, 2, 3];
const SUCCESSIVE_PHONES = [
  "+354 555 1234",
  "00354 556 1234",
  "557-1234",
  "+45 12 34 56 78",
  "hringið eftir hádegi",
  "558 1234 / 559 1234",
] as const;

describe.each(["sqlite", "postgres"] as const)("Delete, create, identity and values, on %s", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ database });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const documentHas = (kennitala: string, part: object) =>
    eventually("the document holding it", async () => expect(await world.portal.document(kennitala)).toMatchObject(part));

  test("23. Django delete: one flag at one path. No document there: success, no leftovers.", async () => {
    const kennitala = await knownMember(world);
    await world.portal.edit(kennitala, { preferences: { theme: "dark" } });
    const before = withoutOurs(await world.portal.document(kennitala));
    await world.django.remove(kennitala);
    await documentHas(kennitala, { membership: { status: "inactive" }, metadata: { deleted_at: expect.anything() } });
    await expectEqual(world, kennitala);
    expect(withoutOurs(await world.portal.document(kennitala))).toEqual({ ...before, membership: { status: "inactive" } });

    const unheard = freshKennitala();
    await world.django.python(
      [
        "with transaction.atomic():",
        `    Member.objects.create(ssn='${unheard}', name='Unheard of')`,
        `    MemberSyncQueue.objects.filter(ssn='${unheard}').update(synced_at=timezone.now(), sync_status='synced')`,
      ].join("\n"),
    );
    await world.django.remove(unheard);
    await eventually("the deletion being taken in", async () =>
      expect(await world.api.member(unheard)).toMatchObject({ life: { state: "deleted" }, inSync: true }),
    );
    expect(await world.portal.document(unheard)).toBeUndefined();
  });

  test("24. Reactivation: flag cleared on both sides.", async () => {
    const kennitala = await knownMember(world);
    await world.django.edit(kennitala, { is_active: false });
    await documentHas(kennitala, { membership: { status: "inactive" }, metadata: { deleted_at: expect.anything() } });
    await expectEqual(world, kennitala);
    await world.django.edit(kennitala, { is_active: true, name: "Komin Aftur" });
    await documentHas(kennitala, { membership: { status: "active" }, metadata: { deleted_at: null }, profile: { name: "Komin Aftur" } });
    await expectEqual(world, kennitala);
  });

  test("24. Create after delete is a new life: no field of the first flows into it.", async () => {
    const kennitala = await knownMember(world);
    await world.django.remove(kennitala);
    await documentHas(kennitala, { membership: { status: "inactive" } });
    await expectEqual(world, kennitala);
    const fresh = person(kennitala, { name: "Ný Manneskja", birthday: null, contact_info: { phone: "", email: null, facebook: "" } });
    await world.django.create(kennitala, fresh);
    await documentHas(kennitala, {
      membership: { status: "active" },
      metadata: { deleted_at: null },
      profile: { name: "Ný Manneskja", email: null, phone: null, birthday: null },
    });
    const view = await expectEqual(world, kennitala);
    expect(view.life.incarnation).toBe(2);
    expect(await world.django.shown(kennitala)).toMatchObject({ birthday: null, contact_info: { email: null, phone: "" } });
  });

  test("27. Kennitala with dash, spaces, or none: one member. Failing check digit: accepted. Temporary id: accepted. Company: refused with the reason.", async () => {
    const kennitala = freshKennitala();
    const dashed = `${kennitala.slice(0, 6)}-${kennitala.slice(6)}`;
    await world.django.python(`Member.objects.create(ssn='${dashed}', name='Með Striki')`, 1);
    await expectEqual(world, kennitala);
    expect(await world.portal.document(dashed)).toBeUndefined();
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { kennitala } });
    expect(await world.api.refOf(dashed)).toBe(await world.api.refOf(kennitala));
    expect(await world.api.refOf(`${kennitala.slice(0, 6)} ${kennitala.slice(6)}`)).toBe(await world.api.refOf(kennitala));
    await world.portal.edit(kennitala, { "profile.phone": "5772727" });
    await eventually("the phone in the dashed row", async () =>
      expect(await world.django.python(`print(ContactInfo.objects.get(member__ssn='${dashed}').phone)`)).toBe("5772727"),
    );
    await expectEqual(world, kennitala);

    const temporary = freshKennitala("8");
    await world.portal.put(temporary, profileOf(temporary));
    await expectEqual(world, temporary);

    const company = `41${freshKennitala().slice(2)}`;
    expect(await world.api.call("POST", "/api/members/lookup", { kennitala: company })).toMatchObject({
      status: 400,
      body: { error: { code: "kennitala_invalid" } },
    });
    await world.portal.put(company, profileOf(company));
    await world.portal.put(dashed, profileOf(kennitala));
    const letters = await eventually("both being refused", async () => {
      const open = await world.api.deadLetters();
      expect(open).toHaveLength(2);
      return open;
    });
    expect(letters.map(({ reason }) => reason).join(" ")).toMatch(/company.*ten digits|ten digits.*company/);
    for (const { id } of letters)
      await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/discard`, { reason: "made by a test" });
    expect(await world.django.shown(company)).toBeUndefined();
  });

  test("28. Icelandic names (Á Ð É Í Ó Ú Ý Þ Æ Ö), apostrophes, 250 characters: equal on both sides. Too long for the target: refused, never cut.", async () => {
    const kennitala = await knownMember(world);
    const names = ["Áróra Ðéða Íófría Úlfhildur Ýr Þóra Æsa Ösp", "Siobhán O'Brien-D’Arcy", `${"Þ".repeat(124)} ${"ö".repeat(125)}`];
    for (const [at, name] of names.entries()) {
      if (at % 2 === 0) await world.portal.edit(kennitala, { "profile.name": name });
      else await world.django.edit(kennitala, { name });
      await eventually(`name ${at} on both sides`, async () => {
        expect((await world.django.shown(kennitala))?.name).toBe(name);
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name } });
      });
      await expectEqual(world, kennitala);
    }
    await world.portal.edit(kennitala, { "profile.name": "Þ".repeat(251) });
    expect(await onlyConflict(world, kennitala)).toMatchObject({
      group: "name",
      cause: "rejected",
      refusal: { side: "django", code: "too_long" },
    });
    expect((await world.django.shown(kennitala))?.name).toBe(names[2]);
    await world.portal.edit(kennitala, { "profile.name": "Þ".repeat(250) });
    await eventually("the shorter name", async () => expect((await world.django.shown(kennitala))?.name).toBe("Þ".repeat(250)));
    await expectEqual(world, kennitala);
  });

  test("29. Phones `+354 555 1234`, `00354…`, `555-1234`, foreign, garbage: normalised or kept as typed, never an endless difference.", async () => {
    const [first, second] = [await knownMember(world), await knownMember(world)];
    for (const phone of SUCCESSIVE_PHONES) {
      await world.portal.edit(first, { "profile.phone": phone });
      await world.django.edit(second, { contact_info: { phone } });
      await eventually("the phone on the other side", async () => {
        expect((await world.django.shown(first))?.contact_info.phone).toBe(phone);
        expect(await world.portal.document(second)).toMatchObject({ profile: { phone } });
      });
      await expectEqual(world, first);
      await expectEqual(world, second);
    }
    const before = await writesOf(world);
    await world.django.edit(first, { contact_info: { phone: "5581234" } });
    await expectEqual(world, first);
    await world.portal.edit(first, { "profile.phone": "+354 558 1234" });
    await world.portal.edit(first, { "profile.facebook": "barrier" });
    await eventually("the barrier", async () => expect((await world.django.shown(first))?.contact_info.facebook).toBe("barrier"));
    await expectEqual(world, first);
    expect((await world.django.shown(first))?.contact_info.phone).toBe("5581234");
    expect((await writesOf(world)).django).toBe(before.django + 1);
  });

  test("30. Every enum value round trips, null and unknown integers too: unknown is kept and flagged.", async () => {
    const kennitala = await knownMember(world, { gender: 0 });
    const expectFlagged = async (isUnknown: boolean) =>
      expect(flagsOf(world.fieldMap, await world.portal.document(kennitala))).toEqual(
        isUnknown ? { "profile.gender": "unknown-value" } : {},
      );
    for (const gender of [1, 2, 3, null, 0, 7]) {
      await world.portal.edit(kennitala, { "profile.gender": gender });
      await eventually(`gender ${gender} in Django`, async () => expect((await world.django.shown(kennitala))?.gender).toBe(gender));
      await expectEqual(world, kennitala);
      await expectFlagged(gender !== null && !KNOWN_GENDERS.includes(gender));
    }
    for (const gender of [9, null, 2]) {
      await world.django.edit(kennitala, { gender });
      await documentHas(kennitala, { profile: { gender } });
      await expectEqual(world, kennitala);
      await expectFlagged(gender !== null && !KNOWN_GENDERS.includes(gender));
    }
  });

  test("31. Address parts travel as one value.", async () => {
    const kennitala = await knownMember(world);
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.edit(kennitala, { address: { street: "Aðalgata 1", postal_code: "550", city: "Sauðárkrókur" } });
      await world.portal.edit(kennitala, { "address.city": "Húsavík" });
    });
    const conflict = await onlyConflict(world, kennitala);
    expect(conflict).toMatchObject({
      group: "address",
      django: { value: { street: "Aðalgata 1", postal_code: "550", city: "Sauðárkrókur" } },
      firestore: { value: { street: "Öldugata 7", postal_code: "101", city: "Húsavík" } },
    });
    expect((await world.api.resolve(conflict, { choice: "django" })).status).toBe(200);
    await documentHas(kennitala, { address: { street: "Aðalgata 1", postal_code: "550", city: "Sauðárkrókur" } });
    await expectEqual(world, kennitala);
  });

  test("32. Null, empty and missing: one meaning each, no ping-pong. `false` stays `false`.", async () => {
    const kennitala = await knownMember(world);
    const before = await writesOf(world);
    await world.portal.edit(kennitala, { "profile.phone": "", "preferences.newsletter": false });
    await eventually("the emptied phone", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(""));
    await world.portal.edit(kennitala, { "profile.email": FieldValue.delete() });
    await eventually("the removed e-mail", async () => expect((await world.django.shown(kennitala))?.contact_info.email).toBeNull());
    await world.portal.edit(kennitala, { "profile.phone": null });
    await world.portal.edit(kennitala, { "profile.facebook": "last" });
    await eventually("the last edit", async () => expect((await world.django.shown(kennitala))?.contact_info.facebook).toBe("last"));
    await expectEqual(world, kennitala);
    const after = await writesOf(world);
    expect(after.django - before.django).toBe(3);
    expect(after.firestore - before.firestore).toBe(0);
    expect(await world.portal.document(kennitala)).toMatchObject({ preferences: { newsletter: false } });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
