import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tap } from "../e2e/world/bus.ts";
import { expectEqual, writesOf, type Writes } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { knownMember } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { pulled, pullInto, pushThrough } from "./world/other-ways.ts";
import { takenIn } from "./world/taken-in.ts";
import { tapeOf } from "./world/tape.ts";
import { startTcpProxy } from "./world/tcp-proxy.ts";
import { startWorkload } from "./world/workload.ts";

const TOPICS = ["member-changes-firestore", "member-changes-django", "member-apply-firestore", "member-apply-django"] as const;
type Topic = (typeof TOPICS)[number];
const itemsOf = ({ messages }: Tap) => messages.reduce((sum, { attributes }) => sum + Number(attributes["items"]), 0);

describe("Pub/Sub that repeats, shuffles and loses acknowledgements", () => {
  let world: World;
  let taps: Readonly<Record<Topic, Tap>>;
  beforeAll(async () => {
    const proxied = { tracker: ["pubsub"], djangoAdapter: ["pubsub"], reconciler: ["pubsub", "firestore"] } as const;
    world = await openWorld({ proxied });
    const [a, b, c, d] = await Promise.all(TOPICS.map((topic) => world.bus.tap(topic)));
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("no taps");
    taps = { "member-changes-firestore": a, "member-changes-django": b, "member-apply-firestore": c, "member-apply-django": d };
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const withText = (topic: Topic, text: string) => taps[topic].messages.filter(({ data }) => data.includes(text));
  const phoneInDjango = (kennitala: string, phone: string) =>
    eventually("the edit in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(phone));

  test.each([
    ["the tracker's change", "tracker", "member-changes-firestore", "3600001"],
    ["the reconciler's command", "reconciler", "member-apply-django", "3600002"],
    ["the adapter's answer", "djangoAdapter", "member-changes-django", "3600003"],
  ] as const)("fault 36: the answer to the publish of %s is lost: two copies, one effect", async (_what, service, topic, phone) => {
    const kennitala = await knownMember(world);
    const before = await writesOf(world);
    const cut = world.proxies[service].pubsub.cutAnswerOf(phone);
    await world.portal.edit(kennitala, { "profile.phone": phone });
    await phoneInDjango(kennitala, phone);
    await expectEqual(world, kennitala);
    await eventually("both copies", () => expect(withText(topic, phone)).toHaveLength(2));
    expect(cut.met()).toBe(1);
    await expectOneWrite(kennitala, phone, before);
  });

  test("fault 37: each message of an edit two times more: nothing is written again, and a copy costs a read of its hub", async () => {
    const kennitala = await knownMember(world);
    const memberRef = await world.api.refOf(kennitala);
    await world.portal.edit(kennitala, { "profile.phone": "3700001" });
    await phoneInDjango(kennitala, "3700001");
    await expectEqual(world, kennitala);
    const before = { rev: await revOf(kennitala), writes: await writesOf(world), taken: await takenIn(world) };
    const reads = world.proxies.reconciler.firestore.countOf(`sync_members/${memberRef}`);
    let copies = 0;
    for (const topic of TOPICS) {
      for (const message of withText(topic, memberRef)) {
        await world.bus.publish(topic, message);
        await world.bus.publish(topic, message);
        copies += topic.startsWith("member-changes") ? 2 : 4;
      }
    }
    await eventually("all copies taken in", async () => {
      const now = await takenIn(world);
      expect(now.observations - before.taken.observations).toBeGreaterThanOrEqual(copies / 2);
    });
    await expectEqual(world, kennitala);
    expect(reads.met()).toBeLessThanOrEqual(copies);
    expect(await revOf(kennitala)).toBe(before.rev);
    const after = await writesOf(world);
    expect([after.django, after.firestore]).toEqual([before.writes.django, before.writes.firestore]);
  });

  test("fault 37: every message of all topics three times, under load: every edit ends, each applied once", async () => {
    const from = new Map(TOPICS.map((topic) => [topic, taps[topic].messages.length]));
    await using workload = await startWorkload(world, { seed: 37 });
    let isOver = false;
    const copying = (async () => {
      while (!isOver) {
        for (const topic of TOPICS) {
          const fresh = taps[topic].messages.slice(from.get(topic)).filter(({ attributes }) => attributes["copy"] === undefined);
          from.set(topic, taps[topic].messages.length);
          for (const message of [...fresh, ...fresh]) {
            await world.bus.publish(topic, { ...message, attributes: { ...message.attributes, copy: "yes" } });
          }
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await workload.made(120);
    await workload.stop();
    isOver = true;
    await copying;
    await expectBalanced(world, workload);
  });

  test("fault 38: some hundred messages are held up and then brought in any order: every edit ends", async () => {
    const waiting: { readonly topic: Topic; readonly message: Tap["messages"][number] }[] = [];
    await using workload = await startWorkload(world, { seed: 38, editsPerSecond: 60 });
    {
      await using django = await world.bus.intercept("reconciler-changes-django");
      await using firestore = await world.bus.intercept("reconciler-changes-firestore");
      await workload.made(300);
      await workload.stop();
      await eventually("all edits published", async () => {
        expect(world.stack.pendingEvents()).toBe(0);
        expect((await world.django.call("GET", "api/sync/status/")).body).toMatchObject({ pending: 0 });
      });
      await eventually("all of them here", () => expect(itemsOf(django) + itemsOf(firestore)).toBeGreaterThan(250));
      waiting.push(...django.messages.map((message) => ({ topic: "member-changes-django" as const, message })));
      waiting.push(...firestore.messages.map((message) => ({ topic: "member-changes-firestore" as const, message })));
    }
    const tape = tapeOf(38, "order");
    const shuffled = waiting.map((each) => ({ ...each, place: tape.next() })).toSorted((one, other) => one.place - other.place);
    for (const { topic, message } of shuffled) await world.bus.publish(topic, message);
    process.stdout.write(`    ${waiting.length} messages in another order\n`);
    await expectBalanced(world, workload);
  });

  test("fault 42: the acknowledgement of a push is lost: brought again at once, and nothing happens twice", async () => {
    const name = "reconciler-changes-firestore";
    const kennitala = await knownMember(world);
    const before = await writesOf(world);
    await using proxy = await startTcpProxy(new URL(world.stack.addresses.reconciler.url).host);
    await using way = await pushThrough(world, name, proxy.host);
    const cut = proxy.cutAnswerOf(name, 3);
    await world.portal.edit(kennitala, { "profile.phone": "4200001" });
    await phoneInDjango(kennitala, "4200001");
    await eventually("three acknowledgements lost", () => expect(cut.met()).toBe(3));
    await expectOneWrite(kennitala, "4200001", before);
    expect(way.endpoint).toContain(proxy.host);
  });

  test("fault 42: the acknowledgement of a pulled message is lost: brought again when its time is up, and nothing happens twice", async () => {
    const kennitala = await knownMember(world);
    const before = await writesOf(world);
    const name = await pulled(world, "member-changes-firestore");
    const url = `${world.stack.addresses.reconciler.url}/pubsub/changes`;
    await using first = await pullInto(world, name, url);
    const held = first.proxy.holdRequestOf(`subscriptions/${name}\u0012`); // the tag of the ids follows the name
    await world.portal.edit(kennitala, { "profile.phone": "4200002" });
    await held.met;
    first.proxy.mode = "refuse";
    first.proxy.reset();
    await using second = await pullInto(world, name, url);
    await eventually({ what: "the edit being brought again", withinMs: 60_000 }, () => expect(second.brought("4200002")).toBe(1));
    expect(first.brought("4200002")).toBe(1);
    await expectOneWrite(kennitala, "4200002", before);
  });

  test("fault 39: all messages of the first members, brought again at the end: what is old changes nothing", async () => {
    const before = { writes: await writesOf(world), taken: await takenIn(world), letters: await world.api.deadLetters() };
    let changes = 0;
    for (const topic of TOPICS) {
      for (const message of taps[topic].messages.slice(0, 8)) {
        await world.bus.publish(topic, message);
        changes += topic.startsWith("member-changes") ? 1 : 0;
      }
    }
    await eventually("all of them being taken in", async () =>
      expect((await takenIn(world)).observations - before.taken.observations).toBeGreaterThanOrEqual(changes),
    );
    await eventually("rest", async () => expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 }));
    const after = await writesOf(world);
    expect([after.django, after.firestore]).toEqual([before.writes.django, before.writes.firestore]);
    expect(await world.api.deadLetters()).toEqual(before.letters);
  });

  async function expectOneWrite(kennitala: string, phone: string, before: Writes): Promise<void> {
    await phoneInDjango(kennitala, phone);
    await expectEqual(world, kennitala);
    const after = await writesOf(world);
    expect([after.django - before.django, after.firestore - before.firestore]).toEqual([1, 0]);
    expect((await world.api.entries(kennitala)).filter(({ value }) => value === phone)).toHaveLength(1);
  }

  async function revOf(kennitala: string): Promise<number> {
    const hub = await world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`).get();
    return Number(hub.get("rev"));
  }
});
