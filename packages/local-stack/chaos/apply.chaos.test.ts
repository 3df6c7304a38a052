import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DjangoProxy } from "../e2e/world/django-proxy.ts";
import { expectEqual, expectQuiet } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { createEvent, eventsOf } from "./world/events.ts";
import { killWhenMet, type Held } from "./world/kill-points.ts";

const APPLY = "api/sync/apply/";

describe("Those who apply, killed", () => {
  let world: World;
  let django: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld({ proxied: { djangoAdapter: ["pubsub"], tracker: ["firestore"] } });
    django = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const djangoRevision = async (kennitala: string) => Number((await world.django.standing(kennitala))?.revision);
  const asked = (text: string) => django.requests(APPLY).filter(({ body }) => body.includes(text)).length;

  /** An edit for Django, in the midst of which the adapter dies: asked for again under its first id, and made once. */
  async function expectOneWrite(phone: string, die: (kennitala: string) => Promise<void>) {
    const kennitala = await knownMember(world);
    const revision = await djangoRevision(kennitala);
    await die(kennitala);
    await eventually("Django's write", async () => expect(await djangoRevision(kennitala)).toBe(revision + 1));
    await world.restart("djangoAdapter");
    await eventually("the second request", () => expect(asked(phone)).toBe(2));
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone } });
    expect(await djangoRevision(kennitala), "one write").toBe(revision + 1);
    expect((await world.api.entries(kennitala)).filter(({ value }) => value === phone)).toHaveLength(1);
    expect(await world.api.conflicts("all", kennitala)).toEqual([]);
  }

  test("fault 21: the adapter is killed after its request was sent, before Django has it: asked twice, written once", async () => {
    await expectOneWrite("5002101", async (kennitala) => {
      const fault = django.next({ path: APPLY, times: 1, kind: "preceded", by: () => world.kill("djangoAdapter") });
      await world.portal.edit(kennitala, { "profile.phone": "5002101" });
      await eventually("the kill", () => expect(fault.met()).toBe(1));
    });
  });

  test.each<[string, string, (phone: string) => Held]>([
    ["before the answer is published", "5002201", (phone) => world.proxies.djangoAdapter.pubsub.holdRequestOf(phone)],
    ["before it acknowledges", "5002202", (phone) => world.proxies.djangoAdapter.pubsub.holdAnswerOf(phone)],
  ])("fault 22: the adapter is killed after Django's 200, %s: asked twice, written once", async (_when, phone, hold) => {
    await expectOneWrite(phone, async (kennitala) => {
      const held = hold(phone);
      await world.portal.edit(kennitala, { "profile.phone": phone });
      await killWhenMet(world, "djangoAdapter", held);
    });
  });

  /** Six edits for Firestore that arrive together, in the midst of which the tracker dies: each document is written once. */
  async function expectEachWrittenOnce(name: string, die: (kennitalas: readonly string[]) => Promise<number>) {
    const kennitalas = freshKennitalas(6);
    await knownMembers(world, kennitalas);
    const written = () => kennitalas.map((kennitala) => eventsOf(world, kennitala).length);
    for (const kennitala of kennitalas) await createEvent(world, kennitala);
    await world.api.control({ paused: true });
    for (const [at, kennitala] of kennitalas.entries()) await world.django.edit(kennitala, { name: `${name} ${at}` });
    await eventually("all six being taken in", async () => expect((await world.api.status()).backlog?.due).toBe(6));
    const more = await die(kennitalas);
    await world.restart("tracker");
    for (const kennitala of kennitalas) await expectEqual(world, kennitala, 40_000);
    for (const [at, kennitala] of kennitalas.entries()) {
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: `${name} ${at}` } });
      expect(await world.api.conflicts("all", kennitala)).toEqual([]);
    }
    await eventually("an event for each write", () =>
      expect(written().reduce((sum, count) => sum + count)).toBe(2 * kennitalas.length + more),
    );
  }

  const firestore = () => world.proxies.tracker.firestore;

  test.each<[string, string, (text: string) => Held]>([
    ["before Firestore has the batch", "Fyrir", (text) => firestore().holdRequestOf(text)],
    ["after the batch was committed, before it knows", "Eftir", (text) => firestore().holdAnswerOf(text)],
  ])("fault 23: the tracker is killed with a batch of six under way, %s: each is written once", async (_when, name, hold) => {
    await expectEachWrittenOnce(name, async () => {
      const held = hold(`${name} 3`);
      await world.api.control({ paused: false });
      await killWhenMet(world, "tracker", held);
      return 0;
    });
  });

  test("fault 23: the tracker is killed in the middle of writes one by one, since one of the six was edited meanwhile: each is written once", async () => {
    await expectEachWrittenOnce("Ein", async (kennitalas) => {
      const [edited = ""] = kennitalas;
      const batch = firestore().holdRequestOf("Ein 3");
      await world.api.control({ paused: false });
      await batch.met;
      await world.portal.edit(edited, { "profile.phone": "5002301" });
      const alone = firestore().holdAnswerOf("Ein 3");
      batch.release();
      await killWhenMet(world, "tracker", alone);
      const names = [edited, kennitalas[3] ?? ""].map(async (kennitala) => JSON.stringify(await world.portal.document(kennitala)));
      const [ofEdited, ofWritten] = await Promise.all(names);
      expect(ofWritten, "the one whose answer was held").toContain("Ein 3");
      expect(ofEdited, "the one that was edited").not.toContain("Ein 0");
      return 1;
    });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
