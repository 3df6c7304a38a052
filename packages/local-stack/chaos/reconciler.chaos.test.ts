import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { MAX_ITEMS, packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectEqual, expectQuiet } from "../e2e/world/equality.ts";
import { eachOf, eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { shortAckDeadline } from "./world/ack-deadline.ts";
import { killWhenMet, standStill, type Held } from "./world/kill-points.ts";
import { lockedBySomebody } from "./world/lock.ts";
import { metricOf } from "./world/metric.ts";
import { push } from "./world/push.ts";
import { takenIn } from "./world/taken-in.ts";
import { twinOf } from "./world/twin.ts";

const RECOVERY_MS = 60_000;

describe("The reconciler, broken", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ proxied: { reconciler: ["firestore", "pubsub"] }, env: { reconciler: { SWEEP_INTERVAL: "1s" } } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const proxies = () => world.proxies.reconciler;
  const djangoRevision = async (kennitala: string) => Number((await world.django.standing(kennitala))?.revision);

  /** An edit in the portal, during which the reconciler is killed where `hold` says, and what it came to. */
  async function killedDuring(phone: string, hold: (phone: string) => Held) {
    const kennitala = await knownMember(world);
    const revision = await djangoRevision(kennitala);
    const commands = await world.bus.tap("member-apply-django");
    const held = hold(phone);
    await world.portal.edit(kennitala, { "profile.phone": phone });
    await killWhenMet(world, "reconciler", held);
    const sent = () => commands.messages.filter(({ data }) => data.includes(phone)).length;
    return {
      kennitala,
      sent,
      /** One effect, wherever it died: one write in Django, one entry in the history, nobody asked. */
      async expectOneEffect() {
        await expectEqual(world, kennitala, RECOVERY_MS);
        expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone } });
        expect(await djangoRevision(kennitala), "one write in Django").toBe(revision + 1);
        expect((await world.api.entries(kennitala)).filter(({ value }) => value === phone)).toHaveLength(1);
        expect(await world.api.conflicts("all", kennitala)).toEqual([]);
      },
    };
  }

  test("fault 13: killed between reading a hub and its commit: delivered again, one effect", async () => {
    const { kennitala, sent, expectOneEffect } = await killedDuring("5001301", (phone) => proxies().firestore.holdRequestOf(phone));
    const hub = await world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`).get();
    expect(JSON.stringify(hub.data()), "the hub").not.toContain("5001301");
    await world.restart("reconciler");
    await expectOneEffect();
    expect(sent()).toBe(1);
  });

  test("fault 14: killed after its commit, before the commands are sent: the sweep sends them, within 40 s, with one effect", async () => {
    const unaware = await killedDuring("5001401", (phone) => proxies().firestore.holdAnswerOf(phone));
    await world.restart("reconciler");
    const unsent = await killedDuring("5001402", (phone) => proxies().pubsub.holdRequestOf(phone));
    expect([unaware.sent(), unsent.sent()], "commands sent by those that died").toEqual([0, 0]);
    await world.restart("reconciler");
    const startedAt = performance.now();
    await unaware.expectOneEffect();
    await unsent.expectOneEffect();
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    expect([unaware.sent(), unsent.sent()]).toEqual([1, 1]);
  });

  test("fault 15: killed after the commands were sent, before it acknowledges: delivered again, one effect", async () => {
    const { sent, expectOneEffect } = await killedDuring("5001501", (phone) => proxies().pubsub.holdAnswerOf(phone));
    await eventually("the command at the tap", () => expect(sent()).toBe(1));
    await world.restart("reconciler");
    await expectOneEffect();
    expect(sent()).toBeLessThanOrEqual(2);
  });

  test("fault 16: it stands still for 12 s, longer than the deadline of 10 s, with edits in hand: they come twice at once, one effect", async () => {
    await using _deadline = await shortAckDeadline(world, "reconciler-changes-firestore", 10);
    const edited = [await knownMember(world), await knownMember(world), await knownMember(world)];
    const revisions = await Promise.all(edited.map(djangoRevision));
    const before = await takenIn(world);
    const still = standStill(world, "reconciler", 12_000);
    for (const kennitala of edited) await world.portal.edit(kennitala, { "profile.phone": "5001601" });
    await still;
    for (const kennitala of edited) await expectEqual(world, kennitala);
    expect(await Promise.all(edited.map(djangoRevision)), "one write in Django for each").toEqual(revisions.map((each) => each + 1));
    for (const kennitala of edited) {
      expect(await world.django.shown(kennitala)).toMatchObject({ contact_info: { phone: "5001601" } });
      expect((await world.api.entries(kennitala)).filter(({ value }) => value === "5001601")).toHaveLength(1);
    }
    const { observations } = await takenIn(world);
    expect(observations - before.observations, "three edits and three answers, and what came twice").toBeGreaterThan(6);
  });

  test("fault 17: another program stands still with a lock on a hub: those who came with it go on meanwhile, and it does after", async () => {
    const [locked, ...others] = await Promise.all(Array.from({ length: 4 }, () => knownMember(world)));
    if (locked === undefined) throw new Error("four members");
    const memberRef = await world.api.refOf(locked);
    const stranger = await lockedBySomebody(world.portal.firestore, `sync_members/${memberRef}`);
    const revision = await djangoRevision(locked);
    const still = standStill(world, "tracker", 500);
    await world.portal.editAll([...others, locked].map((id) => ({ id, paths: { "profile.phone": "5001701" } })));
    await still;
    const startedAt = performance.now();
    await eventually({ what: "the others' edits, while the lock is held", withinMs: 40_000 }, async () => {
      for (const other of others) expect((await world.django.shown(other))?.contact_info.phone).toBe("5001701");
    });
    const crossedMs = Math.round(performance.now() - startedAt);
    expect(await djangoRevision(locked)).toBe(revision);
    await stranger.letGo();
    const freedAt = performance.now();
    for (const kennitala of [locked, ...others]) await expectEqual(world, kennitala, RECOVERY_MS);
    process.stdout.write(
      `    the others crossed in ${crossedMs} ms, it did ${Math.round(performance.now() - freedAt)} ms after the lock\n`,
    );
    expect(await world.django.shown(locked)).toMatchObject({ contact_info: { phone: "5001701" } });
    expect(await djangoRevision(locked)).toBe(revision + 1);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });

  // Last, since it tells of members that Django does not have.
  test("fault 19: a heap of 96 MiB, of which it takes 60 by itself, and 16 envelopes of 250 items and almost 1 MB at once: it lives, asks some to come again, and takes all in", async () => {
    await world.api.control({ paused: true });
    const twin = await twinOf(world, "reconciler");
    await twin.run(
      async (url) => {
        const people = freshKennitalas(MAX_ITEMS);
        const messages = Array.from({ length: 16 }, (_, at) => fullEnvelope(world, people, 1 + (at % 2)));
        expect(Buffer.byteLength(messages[0]?.data ?? "")).toBeGreaterThan(900_000);
        const statuses = await eachOf(messages, 16, async (message) => {
          const seen: number[] = [];
          await eventually({ what: "the envelope being taken", withinMs: 90_000, everyMs: 250 }, async () => {
            seen.push(await push(`${url}/pubsub/changes`, message));
            expect(seen.at(-1)).toBe(204);
          });
          return seen;
        });
        const told = statuses.flat().filter((status) => status !== 204);
        process.stdout.write(`    asked to come again: ${told.length} times\n`);
        expect(new Set(told)).toEqual(new Set([429]));
        expect(await metricOf(url, "membersync_requests_put_off_total")).toBe(told.length);
        const [someone = ""] = people;
        expect(await world.api.member(someone)).toMatchObject({ django: { revision: "2" } });
      },
      { NODE_OPTIONS: "--max-old-space-size=96" },
    );
  });
});

/** As many observations as one message may have, together almost as large as it may be: all of one revision. */
function fullEnvelope({ stack }: World, people: readonly string[], revision: number): OutgoingMessage {
  const observations = people.map((kennitala): Observation => {
    const identity = { side: "django", memberRef: memberRefOf(stack.memberRefKey, kennitala), revision: String(revision) } as const;
    const record = { name: `${revision} ${"þ".repeat(1_750)}` };
    return {
      ...identity,
      id: observationId(identity),
      kennitala,
      life: "alive",
      record,
      changedAt: Date.now(),
      actor: null,
      djangoId: null,
      writeId: null,
    };
  });
  const [message, ...more] = packEnvelopes("member-change.v1", "django", observations);
  if (message === undefined || more.length > 0) throw new Error(`${more.length + 1} envelopes`);
  return message;
}
