import { readdirSync } from "node:fs";
import { deadLetterId, deadLetterMessage, noticeOfItem } from "@member-sync/shared/bus/dead-letters.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { observation, type Observation } from "@member-sync/shared/messages/observation.ts";
import { changesTopic } from "@member-sync/shared/topology.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runShape } from "../e2e/world/api-shapes.ts";
import type { Tap } from "../e2e/world/bus.ts";
import { expectEqual } from "../e2e/world/equality.ts";
import { eachOf, eventually } from "../e2e/world/eventually.ts";
import { knownMember } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { exportFirestore, exportIn } from "../src/emulators/export.ts";
import { expectBalanced } from "./world/balance.ts";
import { mountSmallDisk, withFullDisk } from "./world/full-disk.ts";
import { metricOf } from "./world/metric.ts";
import { anySeed } from "./world/tape.ts";
import { startWorkload } from "./world/workload.ts";

const envelope = z.looseObject({ items: z.array(observation) });
const LETTERS = 500;
const PER_SECOND = 100;

const disk = mountSmallDisk();
if ("missing" in disk) process.stdout.write(`not run, an export to a full disk: ${disk.missing}\n`);

describe("The host and the operator", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    if (!("missing" in disk)) disk[Symbol.dispose]();
  });

  test.each(["tracker", "djangoAdapter", "reconciler"] as const)(
    "fault 69: the standard output of %s is a full disk: it starts, works, counts the lines that it lost, and ends with 0",
    async (part) => {
      const code = await withFullDisk(world, part, async (url) => {
        const push = { message: { data: Buffer.from(`{"from":"${part}"`).toString("base64"), messageId: "1", attributes: {} } };
        const path = part === "reconciler" ? "pubsub/changes" : "pubsub/apply";
        const body = JSON.stringify({ ...push, subscription: "s" });
        const post = () => fetch(`${url}/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
        expect((await post()).status).toBe(204);
        expect(await metricOf(url, "membersync_log_lines_lost")).toBeGreaterThan(0);
      });
      expect(code).toBe(0);
      const [letter] = await eventually("the dead letter that it made", async () => {
        const open = await world.api.deadLetters();
        expect(open).toHaveLength(1);
        return open;
      });
      await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/discard`, { reason: "made by a test" });
    },
  );

  test.runIf(!("missing" in disk))(
    "fault 69: an export to a disk of 1 MB that is full: it fails and says so, nothing is taken for an export, and the system goes on",
    async () => {
      if ("missing" in disk) return;
      const { host, projectId } = world.stack.addresses.firestore;
      const kennitala = await knownMember(world);
      disk.fill();
      await expect(exportFirestore(host, projectId, disk.path)).rejects.toThrow(/export|ENOSPC/);
      expect(exportIn(disk.path)).toBeUndefined();
      await world.portal.edit(kennitala, { "profile.phone": "5006901" });
      await expectEqual(world, kennitala);
      disk.free();
      await exportFirestore(host, projectId, disk.path);
      expect(exportIn(disk.path)).toBeDefined();
      expect(readdirSync(disk.path)).toEqual(["firestore"]);
    },
  );

  test(
    "fault 70: 500 dead letters of old observations are replayed twice, at 100 a second, while people edit: no edit is overwritten, nothing comes back",
    { timeout: 240_000 },
    async () => {
      const taps = [await world.bus.tap("member-changes-django"), await world.bus.tap("member-changes-firestore")];
      await using workload = await startWorkload(world, { seed: anySeed() });
      await workload.made(100);
      const notices = noticesOf(observationsIn(taps));
      for (let round = 1; round <= 2; round += 1) {
        await eachOf(notices, 50, (notice) => world.bus.publish("member-dead-letters", deadLetterMessage(notice)));
        await eventually({ what: "all dead letters being open", withinMs: 60_000, everyMs: 1_000 }, async () =>
          expect(await world.api.deadLetters()).toHaveLength(LETTERS),
        );
        const replayedInMs = await replayAll(taps);
        process.stdout.write(`replay ${round} of ${LETTERS} dead letters: ${Math.round(replayedInMs)} ms\n`);
      }
      await workload.made(20);
      await expectBalanced(world, workload);
      expect(await world.api.deadLetters()).toEqual([]);
    },
  );

  /** Replays all that are open; sees that it goes at its rate, once, and that they are closed. Answers with the time that it took. */
  async function replayAll(taps: readonly Tap[]): Promise<number> {
    const ask = () => world.api.call("POST", "/api/dead-letters/replay", { filter: { cause: "unknown" }, ratePerSecond: PER_SECOND });
    const before = taps.map(({ messages }) => messages.length);
    const startedAt = performance.now();
    const started = await ask();
    expect(started.status).toBe(202);
    expect((await ask()).status, "a second replay beside it").toBe(409);
    const { id } = runShape.parse(started.body);
    const run = await eventually({ what: "the end of the replay", withinMs: 60_000, everyMs: 500 }, async () => {
      const found = (await world.api.runs()).find((each) => each.id === id);
      expect(found?.status).toBe("success");
      return found;
    });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan((1_000 * LETTERS) / PER_SECOND - 500);
    const { firestore_to_django: one, django_to_firestore: other } = run?.stats ?? {
      firestore_to_django: { success: 0, failed: 0 },
      django_to_firestore: { success: 0, failed: 0 },
    };
    expect([one.success + other.success, one.failed + other.failed]).toEqual([LETTERS, 0]);
    expect(await world.api.deadLetters()).toEqual([]);
    await eventually("all replayed messages at the taps", () => {
      const replayed = taps
        .flatMap(({ messages }, at) => messages.slice(before[at]))
        .filter(({ attributes }) => attributes["items"] === "1");
      expect(replayed.length).toBeGreaterThanOrEqual(LETTERS);
    });
    return tookMs;
  }
});

function observationsIn(taps: readonly Tap[]): readonly Observation[] {
  return taps.flatMap(({ messages }) => messages.flatMap(({ data }) => envelope.parse(JSON.parse(data)).items));
}

/** As many dead letters as asked for, of what was said once and is old by now. */
function noticesOf(old: readonly Observation[]): readonly DeadLetterNotice[] {
  return Array.from({ length: LETTERS }, (_, at) => {
    const item = old[at % old.length];
    if (item === undefined) throw new Error("no observation was seen");
    const by = {
      cause: "unknown",
      reason: "given up on by a test",
      origin: "reconciler",
      topic: changesTopic(item.side),
      at: Date.now(),
    } as const;
    return { ...noticeOfItem("member-change.v1", item, by), id: deadLetterId("test", `${at}`) };
  });
}
