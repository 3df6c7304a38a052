import { FieldValue, Timestamp } from "@google-cloud/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DjangoProxy } from "./world/django-proxy.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, profileOf } from "./world/people.ts";
import { knownMember, onlyConflict } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

/** Each service, and Django's machine, in another time zone. */
const ZONES = {
  tracker: { TZ: "Pacific/Auckland" },
  djangoAdapter: { TZ: "America/Los_Angeles" },
  reconciler: { TZ: "Asia/Kolkata" },
  django: { TZ: "Pacific/Kiritimati" },
} as const;

describe.each(["sqlite", "postgres"] as const)("Firestore → Django, on %s", (database) => {
  let world: World;
  let proxy: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld({ database, env: ZONES });
    proxy = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  test("10. Portal phone edit: `ContactInfo.phone` holds it; success only when written.", async () => {
    const kennitala = await knownMember(world);
    const held = proxy.next({ path: "api/sync/apply/", times: 1, kind: "held", forMs: 1_500 });
    await world.portal.edit(kennitala, { "profile.phone": "5881234" });
    await eventually("the command being on its way", async () => expect(held.met()).toBe(1));
    expect(await world.api.member(kennitala)).toMatchObject({ inSync: false, django: { inFlight: { writeId: expect.any(String) } } });
    await expectEqual(world, kennitala);
    expect(await world.django.python(`print(ContactInfo.objects.get(member__ssn='${kennitala}').phone)`)).toBe("5881234");
    expect(await world.api.member(kennitala)).toMatchObject({ inSync: true });
  });

  test("11. A path with no mapping: recorded as unmapped, visible.", async () => {
    const kennitala = await knownMember(world);
    await world.portal.edit(kennitala, { "profile.nickname": "Dísa", "profile.phone": "5881111" });
    await expectEqual(world, kennitala);
    await eventually("the unmapped path in the timeline", async () => {
      expect(await world.api.entries(kennitala)).toContainEqual(
        expect.objectContaining({ group: "profile.nickname", outcome: "unmapped" }),
      );
    });
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { nickname: "Dísa" } });
  });

  test("12. Three fields, one invalid: two applied, one refused with the reason, retryable.", async () => {
    const kennitala = await knownMember(world);
    await world.portal.edit(kennitala, { "profile.name": "Álfheiður Þöll", "profile.phone": "5882222", "profile.email": "ekki netfang" });
    const conflict = await onlyConflict(world, kennitala);
    expect(conflict).toMatchObject({ group: "email", cause: "rejected", refusal: { side: "django", code: "invalid" } });
    expect(JSON.stringify(conflict.refusal)).not.toContain("ekki netfang");
    await eventually("the two others in Django", async () => {
      expect(await world.django.shown(kennitala)).toMatchObject({ name: "Álfheiður Þöll", contact_info: { phone: "5882222" } });
    });
    await world.portal.edit(kennitala, { "profile.email": "netfang@example.is" });
    await eventually("the mended e-mail in Django", async () =>
      expect((await world.django.shown(kennitala))?.contact_info.email).toBe("netfang@example.is"),
    );
    await expectEqual(world, kennitala);
    expect(await world.api.conflicts("open", kennitala)).toEqual([]);
  });

  test("13. Birthday: stored as that date in every time zone.", async () => {
    const kennitala = await knownMember(world);
    const shapes = [
      ["1990-02-28", "1990-02-28"],
      [Timestamp.fromDate(new Date("1991-03-01T00:00:00Z")), "1991-03-01"],
      [Timestamp.fromDate(new Date("1992-12-31T23:30:00Z")), "1992-12-31"],
      ["2000-02-29T00:00:00.000Z", "2000-02-29"],
    ] as const;
    for (const [given, date] of shapes) {
      await world.portal.edit(kennitala, { "profile.birthday": given });
      await eventually(`the date ${date} in Django`, async () => expect((await world.django.shown(kennitala))?.birthday).toBe(date));
      await expectEqual(world, kennitala);
    }
    expect(await world.django.python(`print(Member.objects.get(ssn='${kennitala}').birthday.isoformat())`)).toBe("2000-02-29");
  });

  test("14. Autosave of three values in a second: at most one Django write when they arrive together, final value.", async () => {
    const kennitala = await knownMember(world);
    const before = await world.django.syncWrites();
    await world.api.control({ paused: true });
    try {
      for (const phone of ["588", "58833", "5883333"]) await world.portal.edit(kennitala, { "profile.phone": phone });
      await eventually("the final value in the hub", async () => {
        const view = await world.api.member(kennitala);
        expect(view?.groups.find(({ group }) => group === "phone")?.value).toBe("5883333");
      });
    } finally {
      await world.api.control({ paused: false });
    }
    await eventually("the final value in Django", async () =>
      expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5883333"),
    );
    await expectEqual(world, kennitala);
    expect(await world.django.syncWrites()).toBe(before + 1);
  });

  test("15. A client clock three hours wrong: order comes from the servers.", async () => {
    const kennitala = await knownMember(world);
    const wrong = Timestamp.fromMillis(Date.now() + 3 * 3_600_000);
    await world.portal.edit(kennitala, { "profile.phone": "5884444", updated_at: wrong, "metadata.last_modified": wrong });
    await eventually("the portal's value in Django", async () =>
      expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5884444"),
    );
    await expectEqual(world, kennitala);
    await world.django.edit(kennitala, { contact_info: { phone: "5885555" } });
    await eventually("Django's later value", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5885555" } }),
    );
    await expectEqual(world, kennitala);
    expect(await world.api.conflicts("open", kennitala)).toEqual([]);
    const stamps = (await world.api.entries(kennitala)).map(({ changedAt }) => Date.parse(changedAt ?? ""));
    expect(Math.max(...stamps)).toBeLessThan(Date.now() + 60_000);
  });

  test("16. Portal registers a member: Django row made, its id written back, nothing of the portal's data erased by the echo. Repeated after a lost reply: the same row.", async () => {
    const kennitala = freshKennitala();
    const lost = proxy.next({ path: "api/sync/apply/", times: 1, kind: "reply-lost" });
    const own = { ...profileOf(kennitala, { avatar: "green", facebook: null }), preferences: { newsletter: false } };
    await world.portal.put(kennitala, own);
    await expectEqual(world, kennitala, 30_000);
    expect(lost.met()).toBe(1);
    const row = await world.django.shown(kennitala);
    await eventually("Django's id in the document", async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ ...own, metadata: { django_id: row?.id } });
    });
    await expectEqual(world, kennitala);
    expect(await world.django.python(`print(Member.objects.filter(ssn='${kennitala}').count())`)).toBe("1");
  });

  test("17. A member tries to steer status, metadata or kennitala: not propagated, recorded.", async () => {
    const kennitala = await knownMember(world);
    const id = (await world.django.shown(kennitala))?.id;
    await world.portal.edit(kennitala, {
      "membership.status": "honorary",
      "metadata.django_id": 999_999,
      "profile.kennitala": freshKennitala(),
      "profile.phone": "5886666",
    });
    await eventually("the phone in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5886666"));
    expect(await world.django.shown(kennitala)).toMatchObject({ id, is_active: true });
    const refused = (await world.api.entries(kennitala)).filter(({ outcome }) => outcome === "refused").map(({ group }) => group);
    expect(refused).toEqual(expect.arrayContaining(["membership.status", "metadata.django_id", "profile.kennitala"]));

    await world.portal.edit(kennitala, { "metadata.deleted_at": FieldValue.serverTimestamp(), "membership.status": "inactive" });
    await eventually("Django's word on the member's life being put back", async () => {
      expect(await world.portal.document(kennitala)).toMatchObject({ metadata: { deleted_at: null }, membership: { status: "active" } });
    });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ is_active: true });
  });

  test("34. Reply lost after Django applied: retry is harmless.", async () => {
    const kennitala = await knownMember(world);
    const before = await world.django.syncWrites();
    const lost = proxy.next({ path: "api/sync/apply/", times: 2, kind: "reply-lost" });
    await world.portal.edit(kennitala, { "profile.name": "Once is enough" });
    await eventually("two lost replies", () => expect(lost.met()).toBe(2));
    await expectEqual(world, kennitala, 30_000);
    expect(await world.django.shown(kennitala)).toMatchObject({ name: "Once is enough" });
    expect(await world.django.syncWrites()).toBe(before + 1);
    expect((await world.api.entries(kennitala)).filter(({ group }) => group === "name")).toHaveLength(2);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
