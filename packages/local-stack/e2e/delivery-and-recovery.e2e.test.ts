import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { DjangoProxy } from "./world/django-proxy.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, freshKennitalas, profileOf } from "./world/people.ts";
import { expectShown, knownMember, knownMembers, onlyConflict } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

const envelope = z.looseObject({ items: z.array(z.looseObject({ memberRef: z.string() })) });
const changes = z.object({ changes: z.array(z.object({ kennitala: z.string(), write_id: z.string() })) });

describe("Delivery and recovery", () => {
  let world: World;
  let proxy: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld();
    proxy = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  async function openLetters(count: number) {
    return eventually(`${count} open dead letters`, async () => {
      const open = await world.api.deadLetters();
      expect(open).toHaveLength(count);
      return open;
    });
  }

  async function discardAll(): Promise<void> {
    for (const { id } of await world.api.deadLetters()) {
      await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/discard`, { reason: "made by a test" });
    }
  }

  test("35. Ten in a batch, the fourth invalid: nine applied, one refused; results by id. Six changes of two members: all six end right.", async () => {
    const kennitalas = freshKennitalas(10);
    await knownMembers(world, kennitalas);
    await world.api.control({ paused: true });
    await world.portal.editAll(
      kennitalas.map((id, at) => ({ id, paths: { "profile.email": at === 3 ? "ógilt" : `tiu${at}@example.is` } })),
    );
    await eventually("all ten being taken in", async () => expect((await world.api.status()).backlog?.due).toBe(10));
    await world.api.control({ paused: false });
    for (const [at, kennitala] of kennitalas.entries()) {
      if (at === 3) continue;
      await eventually("the e-mail in Django", async () =>
        expect((await world.django.shown(kennitala))?.contact_info.email).toBe(`tiu${at}@example.is`),
      );
      await expectEqual(world, kennitala);
      expect(await world.api.conflicts("open", kennitala)).toEqual([]);
    }
    expect(await onlyConflict(world, kennitalas[3] ?? "")).toMatchObject({
      group: "email",
      cause: "rejected",
      refusal: { side: "django" },
    });

    const [one = "", two = ""] = kennitalas;
    await Promise.all([
      world.portal.edit(one, { "profile.name": "Eitt" }),
      world.portal.edit(two, { "profile.name": "Tvö" }),
      world.django.edit(one, { contact_info: { phone: "5003501" } }),
      world.django.edit(two, { contact_info: { phone: "5003502" } }),
      world.portal.edit(one, { "profile.facebook": "eitt" }),
      world.portal.edit(two, { "profile.facebook": "tvo" }),
    ]);
    await eventually("all six on both sides", async () => {
      for (const [kennitala, name, phone, facebook] of [
        [one, "Eitt", "5003501", "eitt"],
        [two, "Tvö", "5003502", "tvo"],
      ] as const) {
        expect(await world.django.shown(kennitala)).toMatchObject({ name, contact_info: { phone, facebook } });
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name, phone, facebook } });
      }
    });
    await expectEqual(world, one);
    await expectEqual(world, two);
  });

  test("37. 5xx: back-off; 4xx: dead letter with the reason at once.", async () => {
    const kennitala = await knownMember(world);
    const busy = proxy.next({ path: "api/sync/apply/", times: 3, kind: "answer", status: 503, body: "{}" });
    const seen = proxy.arrivals("api/sync/apply/").length;
    await world.portal.edit(kennitala, { "profile.phone": "5003701" });
    await eventually({ what: "three refusals", withinMs: 45_000 }, () => expect(busy.met()).toBe(3));
    await expectEqual(world, kennitala, 40_000);
    expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5003701");
    const arrivals = proxy.arrivals("api/sync/apply/").slice(seen);
    expect(arrivals).toHaveLength(4);
    const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(400);
    expect(await world.api.deadLetters()).toEqual([]);

    const refusal = proxy.next({ path: "api/sync/apply/", times: 1, kind: "answer", status: 400, body: '{"error":"no"}' });
    await world.portal.edit(kennitala, { "profile.phone": "5003702" });
    const [letter] = await openLetters(1);
    expect(letter).toMatchObject({ cause: "refused", topic: "member-apply-django", memberRef: await world.api.refOf(kennitala) });
    expect(letter?.reason).toContain("400");
    expect(refusal.met()).toBe(1);
    expect(await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/replay`)).toMatchObject({ status: 200 });
    // A replay only shows what Django holds; the conflict, with Django's refusal, is decided by a person.
    const [conflict] = await eventually("the conflict", async () => {
      const open = await world.api.conflicts("open", kennitala);
      expect(open).toHaveLength(1);
      return open;
    });
    if (conflict === undefined) throw new Error("no conflict");
    await world.api.resolve(conflict, { choice: "firestore" });
    await expectEqual(world, kennitala);
    expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5003702");
  });

  test("41. A poison message: its member waits, nobody else.", async () => {
    const [poisoned, other] = [await knownMember(world), await knownMember(world)];
    const tap = await world.bus.tap("member-changes-firestore");
    await world.portal.edit(poisoned, { "profile.phone": "5004101" });
    await expectEqual(world, poisoned);
    const memberRef = await world.api.refOf(poisoned);
    const message = await eventually("the change at the tap", () => {
      const found = tap.messages.find(({ data }) => data.includes(memberRef));
      if (found === undefined) throw new Error("nothing yet");
      return found;
    });
    const { items, ...rest } = envelope.parse(JSON.parse(message.data));
    const item = items.find((each) => each.memberRef === memberRef);
    const strange = [
      { ...item, kennitala: other },
      { ...item, revision: "not a revision" },
    ];
    await world.bus.publish("member-changes-firestore", { ...message, data: "{ this is no JSON" });
    await world.bus.publish("member-changes-firestore", { ...message, data: JSON.stringify({ ...rest, items: [...strange, ...items] }) });
    await world.portal.edit(other, { "profile.phone": "5004102" });
    await eventually("the other member's edit", async () => expect((await world.django.shown(other))?.contact_info.phone).toBe("5004102"));
    await eventually("three dead letters", async () => {
      const causes = (await world.api.deadLetters()).map(({ cause }) => cause);
      expect(causes.toSorted()).toEqual(["invalid-item", "malformed", "wrong-member"]);
    });
    await world.portal.edit(poisoned, { "profile.phone": "5004103" });
    await eventually("the poisoned member's next edit", async () =>
      expect((await world.django.shown(poisoned))?.contact_info.phone).toBe("5004103"),
    );
    await expectEqual(world, poisoned);
    await expectEqual(world, other);
    await discardAll();
  });

  test("43. Unknown message version: dead letter, replayable after the upgrade.", async () => {
    const data = JSON.stringify({ schema: "member-change.v99", envelopeId: "from-the-future", side: "django", items: [{}] });
    await world.bus.publish("member-changes-django", { data, attributes: { schema: "member-change.v99", side: "django" } });
    const [letter] = await openLetters(1);
    expect(letter).toMatchObject({ cause: "unknown-version", seen: 1 });
    expect(letter?.reason).toContain("member-change.v99");
    const replay = await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/replay`);
    expect(replay.status).toBe(200);
    // No upgrade has come: the very same letter is there again, and says so.
    await eventually("the letter being back", async () =>
      expect(await world.api.deadLetters()).toMatchObject([{ id: letter?.id, seen: 2 }]),
    );
    await discardAll();
  });

  test("44. An update that touched 0 rows: a failure.", async () => {
    const kennitala = await knownMember(world);
    const noRow = (request: string) =>
      JSON.stringify({
        results: changes.parse(JSON.parse(request)).changes.map((change) => ({
          ssn: change.kennitala,
          write_id: change.write_id,
          status: "error",
          message: "No row was updated.",
          updated_fields: [],
          errors: {},
        })),
      });
    const twice = proxy.next({ path: "api/sync/apply/", times: 2, kind: "fabricated", answer: noRow });
    await world.portal.edit(kennitala, { "profile.phone": "5004401" });
    await eventually("two failures", () => expect(twice.met()).toBe(2));
    await expectEqual(world, kennitala);
    expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5004401");

    proxy.next({ path: "api/sync/apply/", times: 5, kind: "fabricated", answer: noRow });
    await world.portal.edit(kennitala, { "profile.phone": "5004402" });
    const [letter] = await openLetters(1);
    expect(letter).toMatchObject({ memberRef: await world.api.refOf(kennitala), topic: "member-apply-django" });
    expect(await world.api.member(kennitala)).toMatchObject({ inSync: false });
    const conflict = await onlyConflict(world, kennitala);
    expect(conflict).toMatchObject({ group: "phone", cause: "rejected", refusal: { side: "django", code: "failed" } });
    await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/replay`);
    expect((await world.api.resolve(conflict, { choice: "firestore" })).status).toBe(200);
    await expectShown(world, kennitala, { contact_info: { phone: "5004402" } });
    await expectEqual(world, kennitala);
  });

  test("45. Telemetry down: sync goes on. Who asks for metrics and takes no answer, or never comes, holds up nothing.", async () => {
    const { tracker, djangoAdapter, reconciler } = world.stack.addresses;
    const kennitala = await knownMember(world);
    const scrapers = [tracker, djangoAdapter, reconciler].flatMap(({ url }) => Array.from({ length: 50 }, () => deafScraper(url)));
    try {
      await eventually("all of them being connected", () =>
        expect(scrapers.filter(({ readyState }) => readyState === "open")).toHaveLength(150),
      );
      await world.portal.edit(kennitala, { "profile.phone": "5004501" });
      await world.django.edit(kennitala, { name: "Án Mælinga" });
      await eventually({ what: "both edits across", withinMs: 5_000 }, async () => {
        expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5004501");
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Án Mælinga" } });
      });
    } finally {
      for (const scraper of scrapers) scraper.destroy();
    }
    await expectEqual(world, kennitala);
  });

  // Last, since Pub/Sub's emulator keeps the subscription's back-off for a while after this.
  test("33. Django down: everything waits, then applies; nothing skipped by a watermark.", async () => {
    const kennitalas = freshKennitalas(5);
    await knownMembers(world, kennitalas);
    const registered = freshKennitala();
    await world.kill("django");
    for (const kennitala of kennitalas) await world.portal.edit(kennitala, { "profile.phone": "5003301" });
    await world.portal.put(registered, profileOf(registered));
    await eventually("six members that wait", async () => expect((await world.api.status()).backlog?.inFlight).toBe(6));
    for (const kennitala of kennitalas) await world.portal.edit(kennitala, { "profile.phone": "5003302", "profile.name": "Beið Lengi" });
    await world.restart("django");
    for (const kennitala of [...kennitalas, registered]) await expectEqual(world, kennitala, 45_000);
    for (const kennitala of kennitalas) {
      expect(await world.django.shown(kennitala)).toMatchObject({ name: "Beið Lengi", contact_info: { phone: "5003302" } });
    }

    await world.kill("djangoAdapter");
    for (const [at, kennitala] of kennitalas.entries()) await world.django.edit(kennitala, { name: `Á meðan ${at}` });
    await world.restart("djangoAdapter");
    for (const [at, kennitala] of kennitalas.entries()) {
      await eventually("the edit made meanwhile", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: `Á meðan ${at}` } }),
      );
      await expectEqual(world, kennitala);
    }
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});

/** Asks for the metrics, and reads nothing of the answer. */
function deafScraper(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.pause();
  socket.write(`GET /metrics HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  return socket;
}
