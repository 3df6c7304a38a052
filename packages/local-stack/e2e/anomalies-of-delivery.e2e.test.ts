import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { DjangoProxy } from "./world/django-proxy.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eachOf, eventually } from "./world/eventually.ts";
import { freshKennitala, freshKennitalas, profileOf } from "./world/people.ts";
import { knownMember, knownMembers } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

const envelope = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), answer: z.unknown().optional() })) });
const WRITTEN = 300;
const PAUSED = 20;

/** Known failures of other systems, made to happen here. docs/anomalies.md tells whose they are, and where that is written. */
describe("Anomalies of delivery", () => {
  let world: World;
  let proxy: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld();
    proxy = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const phoneInDjango = async (kennitala: string) => (await world.django.shown(kennitala))?.contact_info.phone;

  async function backfill(): Promise<void> {
    const answer = await fetch(`${world.stack.addresses.tracker.url}/backfill`, { method: "POST" });
    expect(answer.status).toBe(200);
  }

  /** Lets the portal write while what the tracker tells of it is lost on the way, and nobody hears of that. */
  async function unheardOf(count: number, writes: () => Promise<void>): Promise<void> {
    await using lost = await world.bus.intercept("reconciler-changes-firestore");
    await writes();
    await eventually("all of it being lost", () => {
      const items = lost.messages.flatMap(({ data }) => envelope.parse(JSON.parse(data)).items);
      // Our own creates are told late by their events, and may be among them.
      expect(new Set(items.filter(({ answer }) => answer === undefined).map(({ id }) => id)).size).toBe(count);
    });
  }

  test("SymmetricDS, a batch in error blocks its channel: one member of a batch fails for as long as it likes, the 40 others and those who come later arrive meanwhile", async () => {
    const kennitalas = freshKennitalas(41);
    await knownMembers(world, kennitalas);
    const [stuck = "", ...others] = kennitalas;
    const [late = "", other = ""] = others;
    const error = proxy.next({
      path: "api/sync/apply/",
      times: 1_000,
      when: ({ body }) => body.includes(stuck),
      kind: "answer",
      status: 500,
      body: "{}",
    });
    try {
      await world.portal.editAll(kennitalas.map((id) => ({ id, paths: { "profile.phone": "5552001" } })));
      await eventually("all the others", async () => {
        for (const kennitala of others) expect(await phoneInDjango(kennitala)).toBe("5552001");
      });
      await world.portal.edit(late, { "profile.phone": "5552002" });
      await world.django.edit(other, { name: "Kemst Fram Hjá" });
      await eventually("those who come later", async () => {
        expect(await phoneInDjango(late)).toBe("5552002");
        expect(await world.portal.document(other)).toMatchObject({ profile: { name: "Kemst Fram Hjá" } });
      });
      expect(await phoneInDjango(stuck)).not.toBe("5552001");
      expect(error.met()).toBeGreaterThan(0);
      expect(await world.api.member(stuck)).toMatchObject({ inSync: false });
    } finally {
      error.end();
    }
    await expectEqual(world, stuck);
    expect(await phoneInDjango(stuck)).toBe("5552001");
  });

  test(`firestore-bigquery-export, rows that are silently missing: ${WRITTEN} documents, with tracker and reconciler killed on the way: ${WRITTEN} rows`, async () => {
    const kennitalas = freshKennitalas(WRITTEN);
    const before = (await world.django.standings()).size;
    let written = 0;
    const writing = eachOf(kennitalas, 25, async (kennitala) => {
      await world.portal.put(kennitala, profileOf(kennitala));
      written += 1;
    });
    await eventually({ what: "a third of them", everyMs: 2 }, () => written > WRITTEN / 3);
    await Promise.all([world.kill("tracker"), world.kill("reconciler")]);
    await writing;
    await Promise.all([world.restart("tracker"), world.restart("reconciler")]);
    await eventually({ what: "as many rows as documents", withinMs: 60_000, everyMs: 300 }, async () => {
      const standings = await world.django.standings();
      expect(kennitalas.filter((kennitala) => !standings.has(kennitala))).toHaveLength(0);
      expect(standings.size - before).toBe(WRITTEN);
    });
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("firestore-bigquery-export, rows that are silently missing: where messages are lost behind our back nobody is told today; a backfill finds each, once", async () => {
    const kennitalas = freshKennitalas(5);
    await knownMembers(world, kennitalas);
    const registered = freshKennitala();
    await unheardOf(6, async () => {
      for (const kennitala of kennitalas) await world.portal.edit(kennitala, { "profile.phone": "5552003" });
      await world.portal.put(registered, profileOf(registered));
    });
    const writes = await world.django.syncWrites();
    // Until there is an audit, nothing tells: this is what an operator sees.
    expect(await world.api.status()).toMatchObject({ openDeadLetters: 0, backlog: { inFlight: 0, waiting: 0, due: 0 } });
    expect(await world.api.member(registered)).toBeUndefined();
    await backfill();
    for (const kennitala of [...kennitalas, registered]) await expectEqual(world, kennitala);
    for (const kennitala of kennitalas) expect(await phoneInDjango(kennitala)).toBe("5552003");
    await backfill();
    const barrier = await knownMember(world);
    await world.portal.edit(barrier, { "profile.phone": "5552004" });
    await expectEqual(world, barrier);
    expect(await world.django.syncWrites()).toBe(writes + 7);
  });

  test("firestore-bigquery-export, a restore without events: a backfill takes what was restored for edits of the portal; the history tells of them, and nobody who was deleted comes back", async () => {
    const [changed, deleted] = [await knownMember(world), await knownMember(world)];
    await world.portal.edit(changed, { "profile.phone": "5552005" });
    await expectEqual(world, changed);
    const saved = await Promise.all([changed, deleted].map(async (id) => ({ id, data: (await world.portal.document(id)) ?? {} })));
    await world.portal.edit(changed, { "profile.phone": "5552006" });
    await world.django.edit(changed, { name: "Eftir Afritun" });
    await world.django.remove(deleted);
    await expectEqual(world, changed);
    await eventually("the deletion in the document", async () =>
      expect(await world.portal.document(deleted)).toMatchObject({ membership: { status: "inactive" } }),
    );
    await expectEqual(world, deleted);

    await unheardOf(2, async () => {
      for (const { id, data } of saved) await world.portal.put(id, data);
    });
    expect(await phoneInDjango(changed)).toBe("5552006");
    await backfill();
    await eventually("the restored values in Django", async () => expect(await phoneInDjango(changed)).toBe("5552005"));
    await expectEqual(world, changed);
    expect(await world.api.entries(changed)).toContainEqual(
      expect.objectContaining({ group: "phone", side: "firestore", outcome: "accepted", value: "5552005", other: "5552006" }),
    );
    await expectEqual(world, deleted);
    expect(await world.django.shown(deleted)).toBeUndefined();
    expect(await world.portal.document(deleted)).toMatchObject({
      membership: { status: "inactive" },
      metadata: { deleted_at: expect.anything() },
    });
  });

  test("The original's webhooks, documents set as a whole: set as it was read before our last write, with our older mark on it, it is an edit and not our echo", async () => {
    const kennitala = await knownMember(world);
    const read = (await world.portal.document(kennitala)) ?? {};
    await world.django.edit(kennitala, { name: "Eftir Lestur" });
    await eventually("the name in the document", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Eftir Lestur" } }),
    );
    await expectEqual(world, kennitala);
    await world.portal.put(kennitala, { ...read, profile: { ...read["profile"], phone: "5552007" } });
    await eventually("the phone in Django", async () => expect(await phoneInDjango(kennitala)).toBe("5552007"));
    await expectEqual(world, kennitala);
    expect(await world.api.entries(kennitala)).toContainEqual(
      expect.objectContaining({ group: "name", side: "firestore", outcome: "accepted", other: "Eftir Lestur" }),
    );
  });

  test("Dynamics dual-write, a pause longer than a day: edits of 30 days on both sides, a restart and a pruning in between; resumed, each member is written once", async () => {
    const kennitalas = freshKennitalas(PAUSED);
    await knownMembers(world, kennitalas);
    const writes = await world.django.syncWrites();
    await world.api.control({ paused: true });
    await world.kill("djangoAdapter");
    for (const round of [1, 2, 3]) {
      for (const kennitala of kennitalas) await world.django.edit(kennitala, { name: `Löng Bið ${round}` });
      await world.portal.editAll(kennitalas.map((id) => ({ id, paths: { "profile.phone": `555210${round}` } })));
    }
    await world.django.python(
      [
        "import datetime",
        "from django.core.management import call_command",
        "MemberSyncQueue.objects.filter(synced_at=None).update(created_at=timezone.now() - datetime.timedelta(days=30))",
        "call_command('member_sync_prune', days=1, write_days=1)",
      ].join("\n"),
    );
    await world.kill("reconciler");
    await Promise.all([world.restart("djangoAdapter"), world.restart("reconciler")]);
    await eventually("the last edits of both sides in the hub", async () => expect((await world.api.status()).backlog?.due).toBe(PAUSED));
    expect(await world.api.status()).toMatchObject({ paused: true });
    expect(await world.django.syncWrites()).toBe(writes);
    await world.api.control({ paused: false });
    for (const kennitala of kennitalas) {
      await expectEqual(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ name: "Löng Bið 3", contact_info: { phone: "5552103" } });
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Löng Bið 3", phone: "5552103" } });
    }
    expect(await world.django.syncWrites()).toBe(writes + PAUSED);
  });

  test("The original's queue, rows matched by index: six rows of two members are all marked, and what one of them lacks holds up none", async () => {
    const [one, two] = [await knownMember(world), await knownMember(world)];
    await world.kill("djangoAdapter");
    for (const round of [1, 2, 3]) {
      for (const kennitala of [two, one]) await world.django.edit(kennitala, { contact_info: { phone: `555220${round}` } });
    }
    expect(await world.django.call("GET", "api/sync/status/")).toMatchObject({ body: { pending: 6 } });
    await world.restart("djangoAdapter");
    await eventually("no row waiting any more", async () =>
      expect(await world.django.call("GET", "api/sync/status/")).toMatchObject({ body: { pending: 0, failed: 0 } }),
    );
    for (const kennitala of [one, two]) {
      await eventually("the last of three values", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5552203" } }),
      );
      await expectEqual(world, kennitala);
    }
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
