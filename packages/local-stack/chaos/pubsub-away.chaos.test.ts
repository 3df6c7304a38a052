import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createPubSub } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { expectEqual } from "../e2e/world/equality.ts";
import { eachOf, eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { startWorkload } from "./world/workload.ts";

const run = promisify(execFile);
const outbox = z.object({ pending: z.number() });
const NOT_JSON = { data: "{ this is no JSON", attributes: { schema: "member-change.v1", side: "firestore" } };

describe("Pub/Sub that is away, or has forgotten everything", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const emulator = () => {
    const process = world.stack.processes.pubsub;
    if (process === undefined) throw new Error("Pub/Sub is no process of this stack");
    return process;
  };
  const letters = () => world.api.deadLetters();
  const saves = async (kennitalas: readonly string[], phone: string) => {
    const startedAt = performance.now();
    await eachOf(kennitalas, 2, async (kennitala, at) => {
      await (at % 2 === 0
        ? world.portal.edit(kennitala, { "profile.phone": phone })
        : world.django.edit(kennitala, { contact_info: { phone } }));
    });
    return performance.now() - startedAt;
  };
  const expectEverywhere = async (kennitalas: readonly string[], phone: string) => {
    for (const kennitala of kennitalas) {
      await eventually({ what: "the edit on both sides", withinMs: 60_000 }, async () => {
        expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone } });
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone } });
      });
      await expectEqual(world, kennitala);
    }
  };

  test("fault 35: Pub/Sub stands still for 10 s: saves in portal and Django succeed as ever, and cross when it goes on", async () => {
    const kennitalas = freshKennitalas(6);
    await knownMembers(world, kennitalas);
    await using workload = await startWorkload(world, { seed: 35 });
    await workload.made(40);
    emulator().kill("SIGSTOP");
    try {
      const startedAt = performance.now();
      expect(await saves(kennitalas, "3500001")).toBeLessThan(4_000);
      await workload.made(80);
      await eventually("ten seconds", () => performance.now() - startedAt > 10_000);
    } finally {
      emulator().kill("SIGCONT");
    }
    await expectEverywhere(kennitalas, "3500001");
    await expectBalanced(world, workload);
  });

  test("fault 41: one poison message published and dead-lettered three times: one dead letter, seen three times", async () => {
    const tap = await world.bus.tap("member-dead-letters");
    await world.bus.publish("member-changes-firestore", NOT_JSON);
    await eventually("its dead letter", async () => expect(await letters()).toMatchObject([{ cause: "malformed", seen: 1 }]));
    await world.bus.publish("member-changes-firestore", NOT_JSON);
    await eventually("the second copy", async () => expect(await letters()).toMatchObject([{ seen: 2 }]));
    const [notice] = tap.messages;
    if (notice === undefined) throw new Error("no notice at the tap");
    await world.bus.publish("member-dead-letters", notice);
    await eventually("the third copy", async () => expect(await letters()).toMatchObject([{ cause: "malformed", seen: 3 }]));
    await discardAll();
  });

  test("fault 40: no topic for dead letters: poison holds up nobody, is told, and is kept once there is one again", async () => {
    const kennitala = await knownMember(world);
    const { projectId, host } = world.stack.addresses.pubsub;
    const pubsub = createPubSub({ projectId, emulatorHost: host });
    try {
      await pubsub.subscription("reconciler-dead-letters").delete();
      await pubsub.topic("member-dead-letters").delete();
    } finally {
      await pubsub.close();
    }
    const toldBefore = failuresIn(await world.logs());
    await world.bus.publish("member-changes-firestore", { ...NOT_JSON, data: "{ this is no JSON either" });
    await eventually({ what: "the failure being told, twice", withinMs: 40_000 }, async () =>
      expect(failuresIn(await world.logs())).toBeGreaterThanOrEqual(toldBefore + 2),
    );
    expect(await saves([kennitala], "4000001")).toBeLessThan(4_000);
    await expectEverywhere([kennitala], "4000001");
    expect(await letters()).toEqual([]);
    await world.stack.ensureTopology();
    await eventually({ what: "its dead letter", withinMs: 60_000 }, async () =>
      expect(await letters()).toMatchObject([{ cause: "malformed" }]),
    );
    await discardAll();
  });

  test("fault 34: Pub/Sub is killed under load and comes back empty: what was saved meanwhile waits, what it lost is found by both backfills", async () => {
    const kennitalas = freshKennitalas(6);
    await knownMembers(world, kennitalas);
    await using workload = await startWorkload(world, { seed: 34 });
    await workload.made(60);
    await kill();
    await workload.made(40);
    await saves(kennitalas, "3400001");
    await eventually("the edits that wait in relay and outbox", async () => {
      expect(world.stack.pendingEvents()).toBeGreaterThanOrEqual(3);
      expect(outbox.parse((await world.django.call("GET", "api/sync/status/")).body).pending).toBeGreaterThanOrEqual(3);
    });
    await emulator().restart();
    await workload.made(20);
    await workload.stop();
    await eventually("the waiting edits being published", () => expect(world.stack.pendingEvents()).toBe(0));
    // What is published to a topic before its subscription is there again is lost too.
    const { django, tracker } = world.stack.addresses;
    const [command = "", ...args] = django.manage;
    await run(command, [...args, "member_sync_backfill", "--all"]);
    expect((await fetch(`${tracker.url}/backfill`, { method: "POST" })).status).toBe(200);
    await expectEverywhere(kennitalas, "3400001");
    await expectBalanced(world, workload);
  });

  async function kill(): Promise<void> {
    emulator().kill("SIGKILL");
    await emulator().waitForExit();
  }

  async function discardAll(): Promise<void> {
    for (const { id } of await letters()) {
      await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/discard`, { reason: "made by a test" });
    }
  }
});

function failuresIn(log: string): number {
  return log.split("message handler failed").length - 1;
}
