import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { conflictShape } from "./world/api-shapes.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { person } from "./world/people.ts";
import { knownMember, onlyConflict, unseenByEachOther } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

const PAST_THE_WINDOW_MS = 700;

describe("Conflicts", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ config: "./member-sync.e2e.config.ts" });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  async function contestedEmail(): Promise<string> {
    const kennitala = await knownMember(world);
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.edit(kennitala, { contact_info: { email: "staff@example.is" } });
      await world.portal.edit(kennitala, { "profile.email": "member@example.is" });
    });
    return kennitala;
  }

  test("18. E-mail on one side and phone on the other: both survive. Same value on both: no conflict. Equal after normalisation: no conflict, no write.", async () => {
    const kennitala = await knownMember(world);
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.edit(kennitala, { contact_info: { email: "18@example.is" } });
      await world.portal.edit(kennitala, { "profile.phone": "5811818" });
    });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { email: "18@example.is", phone: "5811818" } });

    await unseenByEachOther(world, kennitala, async () => {
      await world.django.edit(kennitala, { name: "Sama Nafn" });
      await world.portal.edit(kennitala, { "profile.name": "Sama Nafn" });
    });
    await expectEqual(world, kennitala);

    const writes = await world.django.syncWrites();
    const { revision } = (await world.api.member(kennitala))?.firestore ?? {};
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.edit(kennitala, { contact_info: { phone: "581-2222", email: "Anna@Example.is" } });
      await world.portal.edit(kennitala, { "profile.phone": "+354 581 2222", "profile.email": "anna@example.is" });
    });
    const settled = await expectEqual(world, kennitala);
    expect(settled.firestore?.revision).not.toBe(revision);
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "+354 581 2222", email: "anna@example.is" } });
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "581-2222" } });
    expect(await world.django.syncWrites()).toBe(writes);
    expect(await world.api.conflicts("all", kennitala)).toEqual([]);
  });

  test("19. Both change e-mail at once: parked; the member's other groups keep flowing; both values, times and people stored.", async () => {
    const kennitala = await contestedEmail();
    const conflict = await onlyConflict(world, kennitala);
    expect(conflict).toMatchObject({
      group: "email",
      cause: "concurrent",
      agreed: person(kennitala).contact_info.email,
      django: { value: "staff@example.is", changedAt: expect.any(String) },
      firestore: { value: "member@example.is", changedAt: expect.any(String), actor: expect.any(String) },
    });
    await world.django.edit(kennitala, { name: "Flows On" });
    await world.portal.edit(kennitala, { "profile.phone": "5811919" });
    await eventually("the other groups on both sides", async () => {
      expect(await world.django.shown(kennitala)).toMatchObject({
        name: "Flows On",
        contact_info: { phone: "5811919", email: "staff@example.is" },
      });
      expect(await world.portal.document(kennitala)).toMatchObject({
        profile: { name: "Flows On", phone: "5811919", email: "member@example.is" },
      });
    });
    await expectEqual(world, kennitala);
    expect(await onlyConflict(world, kennitala)).toMatchObject({ id: conflict.id });
  });

  test("20. Farther apart than the window: the later wins, the loser is in the history.", async () => {
    for (const later of ["django", "firestore"] as const) {
      const kennitala = await knownMember(world);
      const edits = {
        django: () => world.django.edit(kennitala, { contact_info: { facebook: "by.django" } }),
        firestore: () => world.portal.edit(kennitala, { "profile.facebook": "by.firestore" }),
      };
      await unseenByEachOther(world, kennitala, async () => {
        await edits[later === "django" ? "firestore" : "django"]();
        const until = Date.now() + PAST_THE_WINDOW_MS;
        await eventually("the window being over", () => Date.now() > until);
        await edits[later]();
      });
      await expectEqual(world, kennitala);
      expect((await world.django.shown(kennitala))?.contact_info.facebook).toBe(`by.${later}`);
      expect(await world.api.conflicts("all", kennitala)).toEqual([]);
      const loser = later === "django" ? "firestore" : "django";
      expect(await world.api.entries(kennitala)).toContainEqual(
        expect.objectContaining({
          group: "facebook",
          outcome: "lost",
          side: loser,
          value: `by.${loser}`,
          other: `by.${later}`,
          rule: "lww",
        }),
      );
    }
  });

  test("21. Delete against an edit: review. Never a silent revival.", async () => {
    const kennitala = await knownMember(world);
    await unseenByEachOther(world, kennitala, async () => {
      await world.django.remove(kennitala);
      await world.portal.edit(kennitala, { "profile.phone": "5812121" });
    });
    expect(await onlyConflict(world, kennitala)).toMatchObject({ group: "life", cause: "delete-edit" });
    await world.portal.edit(kennitala, { "profile.name": "Still Here" });
    await eventually("that edit being taken in", async () => {
      const view = await world.api.member(kennitala);
      expect(view?.groups.find(({ group }) => group === "name")?.firestore).toBe("Still Here");
    });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toBeUndefined();
    expect(await world.portal.document(kennitala)).toMatchObject({ membership: { status: "active" }, metadata: { deleted_at: null } });

    const removed = await knownMember(world);
    await world.portal.remove(removed);
    expect(await onlyConflict(world, removed)).toMatchObject({ group: "life", cause: "delete-review" });
    expect(await world.django.shown(removed)).toMatchObject({ is_active: true });
    expect(await world.portal.document(removed)).toBeUndefined();
  });

  test("22. A decision: both sides get the value once, no new conflict. A decision on outdated values: refused, new values shown.", async () => {
    const byFirestore = await contestedEmail();
    expect((await world.api.resolve(await onlyConflict(world, byFirestore), { choice: "firestore" })).status).toBe(200);
    await eventually("the decided value in Django", async () =>
      expect((await world.django.shown(byFirestore))?.contact_info.email).toBe("member@example.is"),
    );
    await expectEqual(world, byFirestore);
    expect(await world.api.conflicts("open", byFirestore)).toEqual([]);
    expect(await world.api.conflicts("decided", byFirestore)).toHaveLength(1);

    const custom = await contestedEmail();
    const outdated = await onlyConflict(world, custom);
    await world.portal.edit(custom, { "profile.email": "third@example.is" });
    const now = await eventually("the third value in the one conflict", async () => {
      const conflict = await onlyConflict(world, custom);
      expect(conflict).toMatchObject({ id: outdated.id, firestore: { value: "third@example.is" } });
      return conflict;
    });
    const refused = await world.api.resolve(outdated, { choice: "django" });
    expect(refused.status).toBe(409);
    const { conflict: shown } = z.object({ conflict: conflictShape }).parse(refused.body);
    expect(shown).toMatchObject({
      expected: now.expected,
      firestore: { value: "third@example.is" },
      django: { value: "staff@example.is" },
    });

    const timeline = (await world.api.timeline(custom)).length;
    expect((await world.api.resolve(now, { choice: "custom", value: "decided@example.is" })).status).toBe(200);
    await eventually("the decided value on both sides", async () => {
      expect((await world.django.shown(custom))?.contact_info.email).toBe("decided@example.is");
      expect(await world.portal.document(custom)).toMatchObject({ profile: { email: "decided@example.is" } });
    });
    await expectEqual(world, custom);
    expect(await world.api.conflicts("open", custom)).toEqual([]);
    expect(await world.api.timeline(custom)).toHaveLength(timeline + 1);
  });

  test("22. A decision on a member's life: the deletion is carried out, or the member is kept.", async () => {
    for (const [choice, stays] of [
      ["django", false],
      ["firestore", true],
    ] as const) {
      const kennitala = await knownMember(world);
      await unseenByEachOther(world, kennitala, async () => {
        await world.django.edit(kennitala, { is_active: false });
        await world.portal.edit(kennitala, { "profile.phone": "5812222" });
      });
      expect((await world.api.resolve(await onlyConflict(world, kennitala), { choice })).status).toBe(200);
      await expectEqual(world, kennitala);
      expect((await world.django.shown(kennitala))?.is_active).toBe(stays);
      expect(await world.portal.document(kennitala)).toMatchObject({ membership: { status: stays ? "active" : "inactive" } });
      expect(await world.api.conflicts("open", kennitala)).toEqual([]);
    }
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
