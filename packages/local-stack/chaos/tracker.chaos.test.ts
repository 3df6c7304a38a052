import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectEqual, expectQuiet } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { bring, createEvent, eventsOf } from "./world/events.ts";
import { killWhenMet, type Held } from "./world/kill-points.ts";
import { metricOf } from "./world/metric.ts";
import { takenIn } from "./world/taken-in.ts";
import { pidOf, twinOf } from "./world/twin.ts";

const EVENTS = "membersync_tracker_events_total";

describe("The tracker, broken", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ proxied: { tracker: ["pubsub"] } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const trackerUrl = () => world.stack.addresses.tracker.url;
  const djangoRevision = async (kennitala: string) => Number((await world.django.standing(kennitala))?.revision);

  /** Waits until the events of `count` more writes of a member have arrived. */
  async function newEvents(kennitala: string, seen: number, count: number) {
    return eventually(`${count} events of the member`, () => {
      const found = eventsOf(world, kennitala).slice(seen);
      expect(found).toHaveLength(count);
      return found;
    });
  }

  async function discardDeadLetters(): Promise<number> {
    const open = await world.api.deadLetters();
    for (const { id } of open)
      await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/discard`, { reason: "made by a test" });
    return open.length;
  }

  test.each<[string, string, string, (phone: string) => Held]>([
    ["1", "before it publishes", "5000101", (phone) => world.proxies.tracker.pubsub.holdRequestOf(phone)],
    ["2", "after it has published, before it says so", "5000201", (phone) => world.proxies.tracker.pubsub.holdAnswerOf(phone)],
  ])("fault %s: killed %s: the event comes again, with one write in Django and none in Firestore", async (_number, _when, phone, hold) => {
    const kennitala = await knownMember(world);
    await createEvent(world, kennitala);
    const [seen, revision] = [eventsOf(world, kennitala).length, await djangoRevision(kennitala)];
    const held = hold(phone);
    await world.portal.edit(kennitala, { "profile.phone": phone });
    await killWhenMet(world, "tracker", held);
    await world.restart("tracker");
    await eventually("the event once more", async () => expect(await metricOf(trackerUrl(), EVENTS, { outcome: "published" })).toBe(1));
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone } });
    expect(await djangoRevision(kennitala), "one write in Django").toBe(revision + 1);
    expect(eventsOf(world, kennitala), "no write of ours in Firestore").toHaveLength(seen + 1);
    expect((await world.api.entries(kennitala)).filter(({ value }) => value === phone)).toHaveLength(1);
  });

  test("fault 4: one trigger, delivered fifty times at once before its own delivery and once after: one application, at most one read for each", async () => {
    const kennitala = await knownMember(world);
    const twin = await twinOf(world, "tracker");
    await createEvent(world, kennitala);
    const [seen, revision, before] = [eventsOf(world, kennitala).length, await djangoRevision(kennitala), await takenIn(world)];
    await world.kill("tracker");
    await world.portal.edit(kennitala, { "profile.phone": "5000401" });
    const [event] = await newEvents(kennitala, seen, 1);
    if (event === undefined) throw new Error("no event");
    await twin.run(async (url) => {
      const statuses = await Promise.all(Array.from({ length: 50 }, () => bring(url, event)));
      expect(new Set(statuses)).toEqual(new Set([204]));
      await expectEqual(world, kennitala);
    });
    await world.restart("tracker");
    await eventually("the fifty-first", async () =>
      expect(await metricOf(trackerUrl(), EVENTS, { outcome: "published" })).toBeGreaterThan(0),
    );
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "5000401" } });
    expect(await djangoRevision(kennitala), "one write in Django").toBe(revision + 1);
    const told = (await world.api.entries(kennitala)).filter(({ value }) => value === "5000401");
    expect(told, "one entry in the history").toHaveLength(1);
    const { groups } = await eventually("fifty-one copies, and the answer, taken in", async () => {
      const taken = await takenIn(world);
      expect(taken.observations - before.observations).toBe(52);
      return taken;
    });
    expect(groups - before.groups, "reads of the hub").toBeLessThanOrEqual(52);
    expect(eventsOf(world, kennitala), "no write of ours in Firestore").toHaveLength(seen + 1);
  });

  test("fault 5: two triggers arrive in reverse: the newer value wins, and nobody is asked", async () => {
    const kennitala = await knownMember(world);
    const twin = await twinOf(world, "tracker");
    await createEvent(world, kennitala);
    const [seen, revision] = [eventsOf(world, kennitala).length, await djangoRevision(kennitala)];
    await world.kill("tracker");
    await world.portal.edit(kennitala, { "profile.phone": "5000501", "profile.facebook": "fyrst" });
    await world.portal.edit(kennitala, { "profile.phone": "5000502" });
    const [older, newer] = await newEvents(kennitala, seen, 2);
    if (older === undefined || newer === undefined) throw new Error("no events");
    await twin.run(async (url) => {
      expect(await bring(url, newer)).toBe(204);
      await expectEqual(world, kennitala);
      expect(await bring(url, older)).toBe(204);
    });
    await world.restart("tracker");
    await eventually("both once more", async () => expect(await metricOf(trackerUrl(), EVENTS, { outcome: "published" })).toBe(2));
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "5000502", facebook: "fyrst" } });
    expect(await djangoRevision(kennitala), "one write in Django").toBe(revision + 1);
    expect(await world.api.conflicts("all", kennitala)).toEqual([]);
  });

  test("fault 6: updates that set the values that were there: three events, no message", async () => {
    const kennitala = await knownMember(world, { name: "Óbreytt Jónsdóttir" });
    const tap = await world.bus.tap("member-changes-firestore");
    const before = await metricOf(trackerUrl(), EVENTS, { outcome: "no-op" });
    for (let round = 0; round < 3; round += 1) await world.portal.edit(kennitala, { "profile.name": "Óbreytt Jónsdóttir" });
    await eventually("three events that change nothing", async () =>
      expect(await metricOf(trackerUrl(), EVENTS, { outcome: "no-op" })).toBe(before + 3),
    );
    const barrier = await knownMember(world);
    const [ref, barrierRef] = [await world.api.refOf(kennitala), await world.api.refOf(barrier)];
    await world.portal.edit(barrier, { "profile.phone": "5000601" });
    await eventually("the message of another edit", () => expect(tap.messages.some(({ data }) => data.includes(barrierRef))).toBe(true));
    expect(tap.messages.filter(({ data }) => data.includes(ref))).toEqual([]);
  });

  test("fault 7: our own writes in Firestore come back as events: dropped, with no message and no write, while ten more edits cross", async () => {
    const kennitalas = freshKennitalas(8);
    await knownMembers(world, kennitalas);
    const [before, taps] = [
      await metricOf(trackerUrl(), EVENTS, { outcome: "own-write" }),
      [await world.bus.tap("member-changes-firestore"), await world.bus.tap("member-apply-django")],
    ];
    for (const kennitala of kennitalas) await world.django.edit(kennitala, { name: "Bergmál" });
    await eventually("eight echoes", async () =>
      expect(await metricOf(trackerUrl(), EVENTS, { outcome: "own-write" })).toBe(before + kennitalas.length),
    );
    for (const kennitala of kennitalas) await expectEqual(world, kennitala);
    const [changes, commands] = taps.map(({ messages }) => messages.length);
    const standing = await revisions();
    expect(commands, "commands for Django").toBe(0);
    const other = await knownMember(world);
    for (let edit = 0; edit < 10; edit += 1) {
      await world.django.edit(other, { name: `Annar ${edit}` });
      await expectEqual(world, other);
    }
    const refs = await Promise.all(kennitalas.map((kennitala) => world.api.refOf(kennitala)));
    const later = taps.map(({ messages }, at) => messages.slice(at === 0 ? changes : commands));
    expect(later.flat().filter(({ data }) => refs.some((ref) => data.includes(ref)))).toEqual([]);
    expect(await revisions()).toEqual(standing);

    async function revisions() {
      return Promise.all(
        kennitalas.map(async (kennitala) => {
          const view = await world.api.member(kennitala);
          return [view?.django?.revision, view?.firestore?.revision, eventsOf(world, kennitala).length];
        }),
      );
    }
  });

  test("fault 8: forty bodies cut short: each refused or kept as a dead letter and counted, and the tracker goes on", async () => {
    const kennitala = await knownMember(world);
    await createEvent(world, kennitala);
    const seen = eventsOf(world, kennitala).length;
    await world.portal.edit(kennitala, { "profile.phone": "5000801" });
    const [event] = await newEvents(kennitala, seen, 1);
    if (event === undefined) throw new Error("no event");
    await expectEqual(world, kennitala);
    const pid = pidOf(world, "tracker");
    const before = await metricOf(trackerUrl(), EVENTS);
    const cuts = Array.from({ length: 40 }, (_, at) => Math.floor((event.body.length * at) / 40));
    const asText = await Promise.all(cuts.map((length) => bring(trackerUrl(), { ...event, body: event.body.slice(0, length) })));
    const [fine, refused] = [asText.filter((status) => status === 204).length, asText.filter((status) => status === 400).length];
    expect(fine + refused, `answers: ${asText.join(" ")}`).toBe(40);
    expect(refused).toBeGreaterThan(30);
    expect(await metricOf(trackerUrl(), EVENTS)).toBe(before + 40);
    expect(pidOf(world, "tracker")).toBe(pid);
    await world.portal.edit(kennitala, { "profile.phone": "5000802" });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "5000802" } });
    await eventually("a dead letter for each", async () => expect(await world.api.deadLetters()).toHaveLength(refused));
    await discardDeadLetters();
  });

  test.each([
    ["20,000 fields", () => ({ fields: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, at])) })],
    ["almost 1 MiB", () => ({ blob: "x".repeat(1_000_000) })],
  ])(
    "fault 9: a document of %s: a dead letter within 5 s, others go on, and once it is small again its edits count",
    async (_what, extra) => {
      const [kennitala, other] = [await knownMember(world), await knownMember(world)];
      const startedAt = performance.now();
      await world.portal.edit(kennitala, { "profile.phone": "5000901", portal: extra() });
      await world.portal.edit(other, { "profile.phone": "5000902" });
      await eventually("the dead letter", async () => {
        expect(await world.api.deadLetters()).toMatchObject([{ cause: "oversized", origin: "tracker" }]);
      });
      await expectEqual(world, other);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      await world.portal.edit(kennitala, { portal: null, "profile.facebook": "aftur" });
      await expectEqual(world, kennitala);
      expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "5000901", facebook: "aftur" } });
      expect(await discardDeadLetters()).toBe(1);
    },
  );

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
