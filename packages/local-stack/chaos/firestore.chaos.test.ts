import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectEqual, writesOf } from "../e2e/world/equality.ts";
import { eachOf, eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { messageWith, push } from "./world/push.ts";
import type { TcpProxy } from "./world/tcp-proxy.ts";
import { pidOf, residentMebibytes } from "./world/twin.ts";
import { startWorkload } from "./world/workload.ts";

const SERVICES = ["reconciler", "tracker"] as const;
/** A group waits for the one before it, each for two calls that nobody answers, and each call for 8 s; the acknowledgement deadline is 60 s. */
const GIVEN_BACK_MS = 40_000;

describe("Firestore, reached over a network that fails", () => {
  let world: World;
  let proxies: readonly TcpProxy[];
  beforeAll(async () => {
    world = await openWorld({ proxied: { reconciler: ["firestore"], tracker: ["firestore"] } });
    proxies = SERVICES.map((service) => world.proxies[service].firestore);
  });
  afterEach(() => {
    for (const proxy of proxies) Object.assign(proxy, { mode: "pass", latencyMs: 0, bytesPerSecond: undefined });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  test("fault 26: a black hole of 10 s: calls end after 8 s and deliveries are given back in time, nothing grows, and all is there when it ends", async () => {
    const taps = { change: await world.bus.tap("member-changes-django"), command: await world.bus.tap("member-apply-firestore") };
    const kennitala = await knownMember(world);
    const [change, command] = [await messageWith(taps.change, kennitala), await messageWith(taps.command, kennitala)];
    await using workload = await startWorkload(world, { seed: 26 });
    await workload.made(40);
    const before = await sizesOf(world);
    for (const proxy of proxies) proxy.mode = "hole";
    const startedAt = performance.now();
    const { reconciler, tracker } = world.stack.addresses;
    const given = await Promise.all([
      timed(() => push(`${reconciler.url}/pubsub/changes`, change)),
      timed(() => push(`${tracker.url}/pubsub/apply`, command)),
    ]);
    expect(given.map(({ result }) => result)).toEqual([503, 503]);
    expect(Math.max(...given.map(({ ms }) => ms))).toBeLessThan(GIVEN_BACK_MS);
    await eventually("the hole having lasted 10 s", () => performance.now() - startedAt > 10_000);
    const during = await sizesOf(world);
    for (const proxy of proxies) proxy.mode = "pass";
    for (const [at, size] of during.entries()) {
      expect(size.mebibytes, "memory").toBeLessThan(1.5 * (before[at]?.mebibytes ?? 0));
      expect(size.files, "open files and sockets").toBeLessThan((before[at]?.files ?? 0) + 20);
    }
    await expectBalanced(world, workload);
  });

  test("fault 27: all connections reset every 500 ms for 5 s: tried again, and every edit ends", async () => {
    await using workload = await startWorkload(world, { seed: 27 });
    let storms = 0;
    const storm = setInterval(() => {
      storms += 1;
      for (const proxy of proxies) proxy.reset();
    }, 500);
    try {
      await eventually("ten resets", () => storms >= 10);
    } finally {
      clearInterval(storm);
    }
    await expectBalanced(world, workload);
  });

  test("fault 28: 300 ms more for each answer: an edit crosses far within the acknowledgement deadline of 60 s", async () => {
    const kennitalas = freshKennitalas(12);
    await knownMembers(world, kennitalas);
    for (const proxy of proxies) proxy.latencyMs = 300;
    try {
      const crossings = await eachOf(kennitalas, 4, (kennitala, at) =>
        timed(async () => {
          await (at % 2 === 0
            ? world.portal.edit(kennitala, { "profile.phone": "2800001" })
            : world.django.edit(kennitala, { contact_info: { phone: "2800001" } }));
          return eventually("the edit on the other side", async () =>
            at % 2 === 0
              ? (await world.django.shown(kennitala))?.contact_info.phone === "2800001"
              : (await world.portal.record(kennitala))?.["phone"] === "2800001",
          );
        }),
      );
      expect(Math.max(...crossings.map(({ ms }) => ms))).toBeLessThan(10_000);
      for (const kennitala of kennitalas) await expectEqual(world, kennitala);
    } finally {
      for (const proxy of proxies) proxy.latencyMs = 0;
    }
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 29: 64 KB/s: everything gets through, in its time", async () => {
    await using workload = await startWorkload(world, { seed: 29, editsPerSecond: 10 });
    for (const proxy of proxies) proxy.bytesPerSecond = 64 * 1024;
    try {
      await workload.made(30);
      await expectBalanced(world, workload);
    } finally {
      for (const proxy of proxies) proxy.bytesPerSecond = undefined;
    }
  });

  test("fault 30: 200 edits of one member as fast as they go: taken in many at a time and in order, and the last one stands", async () => {
    const kennitala = await knownMember(world);
    const [rev, before, startedAt] = [await revOf(kennitala), await writesOf(world), performance.now()];
    await eachOf(Array.from({ length: 200 }), 16, (_, at) => world.portal.edit(kennitala, { "profile.phone": String(3_000_000 + at) }));
    const madeIn = performance.now() - startedAt;
    const last = (await world.portal.record(kennitala))?.["phone"];
    await eventually("the last edit in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(last));
    await expectEqual(world, kennitala);
    const [commits, writes] = [(await revOf(kennitala)) - rev, (await writesOf(world)).django - before.django];
    process.stdout.write(`    200 edits in ${Math.round(madeIn)} ms: ${commits} commits, ${writes} writes in Django\n`);
    const history = (await world.api.timeline(kennitala)).toReversed().flatMap(({ entries }) => entries);
    const order = history.filter(({ group, side }) => group === "phone" && side === "firestore").map(({ changedAt }) => changedAt ?? "");
    expect(order).toEqual(order.toSorted());
    // How many depends on how long the edits take: what arrives while a commit or a write is under way goes with the next one.
    expect(commits).toBeLessThan(150);
    expect(writes).toBeLessThan(50);
  });

  test("fault 31: another keeps locking and writing a member's hub: nobody else waits, and its edit ends when that is over, told once", async () => {
    const kennitala = await knownMember(world);
    const hub = world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`);
    const other = await knownMember(world);
    let isOver = false;
    let rounds = 0;
    const storm = (async () => {
      while (!isOver) {
        await world.portal.firestore
          .runTransaction(async (transaction) => {
            await transaction.get(hub);
            transaction.update(hub, { noise: (rounds += 1) });
          })
          .catch(() => undefined);
      }
    })();
    const commits = world.proxies.reconciler.firestore.countOf("3100001");
    await world.portal.edit(kennitala, { "profile.phone": "3100001" });
    await world.portal.edit(other, { "profile.phone": "3100002" });
    await eventually("the other member's edit", async () => expect((await world.django.shown(other))?.contact_info.phone).toBe("3100002"));
    await eventually("a hundred rounds of the storm", () => rounds > 100);
    isOver = true;
    await storm;
    await eventually("the edit in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("3100001"));
    await expectEqual(world, kennitala);
    process.stdout.write(`    ${rounds} transactions of another, ${commits.met()} tries of ours\n`);
    expect((await world.api.entries(kennitala)).filter(({ value }) => value === "3100001")).toHaveLength(1);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  async function revOf(kennitala: string): Promise<number> {
    const hub = await world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`).get();
    return Number(hub.get("rev"));
  }
});

async function timed<T>(work: () => Promise<T>) {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

/** What each service holds of the machine. */
async function sizesOf(world: World) {
  return Promise.all(
    SERVICES.map(async (service) => {
      const pid = pidOf(world, service);
      return { mebibytes: await residentMebibytes(pid), files: (await readdir(`/proc/${pid}/fd`)).length };
    }),
  );
}
