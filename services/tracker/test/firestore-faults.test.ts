import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FirestoreMemberDocuments } from "../src/adapters/firestore/firestore-member-documents.ts";
import type { MemberDocuments } from "../src/app/ports.ts";
import { findEmulator, startEmulator } from "./firestore-emulator.ts";
import { command, delivered } from "./rules.ts";
import { startProxy, type TcpProxy } from "./tcp-proxy.ts";
import { trackerUnderTest } from "./tracker-under-test.ts";

const PROJECT = "tracker-faults";
/** Shorter than in production, to wait less; what counts is that nothing waits longer. */
const DEADLINE_MS = 2_000;
const found = findEmulator();

if ("reason" in found) {
  console.log(`faults of Firestore are left out: ${found.reason}`);
  test("without an emulator there is nothing to break", () => expect(found.reason).not.toBe(""));
} else {
  describe("a tracker whose Firestore", () => {
    const cleanup = new AsyncDisposableStack();
    let proxy: TcpProxy;
    let direct: FirestoreMemberDocuments;
    let broken: MemberDocuments;
    let used = 0;

    beforeAll(async () => {
      const emulator = cleanup.use(await startEmulator(found.jar, "127.0.0.1:9"));
      proxy = cleanup.use(await startProxy(emulator.host));
      const [near, far] = [emulator.host, proxy.host].map((emulatorHost) =>
        createFirestore({ projectId: PROJECT, emulatorHost, deadlineMs: DEADLINE_MS }),
      );
      if (near === undefined || far === undefined) throw new Error("no client");
      cleanup.defer(async () => void (await Promise.all([near.terminate(), far.terminate()])));
      direct = new FirestoreMemberDocuments(near);
      broken = new FirestoreMemberDocuments(far);
    }, 90_000);

    afterAll(() => cleanup.disposeAsync(), 30_000);

    const creates = (count: number): readonly ApplyCommand[] =>
      Array.from({ length: count }, () => {
        used += 1;
        return command({ writeId: `w${used}`, kennitala: `010130${String(used).padStart(3, "0")}9`, groups: { name: `N${used}` } });
      });

    /** Delivers until it is acknowledged, as Pub/Sub does, and counts the deliveries. */
    const deliver = async (under: ReturnType<typeof trackerUnderTest>, commands: readonly ApplyCommand[], heal: () => void) => {
      for (let deliveries = 1; deliveries <= 20; deliveries += 1) {
        const verdict = await under.tracker.apply(delivered(commands));
        heal();
        if (verdict === "ack" && under.publisher.commands().length === 0) return deliveries;
      }
      throw new Error("never acknowledged");
    };

    const expectAppliedOnce = async (under: ReturnType<typeof trackerUnderTest>, commands: readonly ApplyCommand[]) => {
      const answers = new Map(under.publisher.observations().map((observation) => [observation.answer?.writeId, observation]));
      const { found: stands } = await direct.read(commands.map(({ kennitala }) => kennitala));
      for (const { writeId, kennitala } of commands) {
        expect(answers.get(writeId)?.answer?.status).toBe("applied");
        expect(answers.get(writeId)?.revision).toBe(stands.get(kennitala)?.revision);
      }
    };

    test.each([1, 20])(
      "answers a commit of %i, and the answer is lost: applied once, and told so",
      async (count) => {
        const under = trackerUnderTest(() => broken);
        const commands = creates(count);
        await broken.read(["0000000000"]);
        proxy.mode = "cut";
        await deliver(under, commands, () => (proxy.mode = "pass"));
        await expectAppliedOnce(under, commands);
      },
      60_000,
    );

    test("does not answer at all: given back within the deadline, done when it is back", async () => {
      const under = trackerUnderTest(() => broken);
      const commands = creates(3);
      proxy.mode = "hole";
      const started = performance.now();
      expect(await under.tracker.apply(delivered(commands))).toBe("retry");
      expect(performance.now() - started).toBeLessThan(2 * DEADLINE_MS + 3_000);
      proxy.mode = "pass";
      proxy.reset();
      await deliver(under, commands, () => undefined);
      await expectAppliedOnce(under, commands);
    }, 90_000);

    test("breaks the connection again and again: every command ends, each applied once", async () => {
      const under = trackerUnderTest(() => broken);
      const commands = creates(300);
      // The storm ends: on a slow machine nothing might ever get through between two breaks, which would show nothing.
      let breaks = 0;
      const storm = setInterval(() => {
        breaks += 1;
        if (breaks <= 60) proxy.reset();
      }, 250);
      try {
        for (let at = 0; at < commands.length; at += 5) await deliver(under, commands.slice(at, at + 5), () => undefined);
      } finally {
        clearInterval(storm);
      }
      await expectAppliedOnce(under, commands);
    }, 90_000);

    test("is written to by another in a loop: the tries are bounded, and every command is answered", async () => {
      const under = trackerUnderTest(() => direct);
      const [create] = creates(1);
      if (create === undefined) throw new Error("no command");
      await under.tracker.apply(delivered([create]));
      let isOver = false;
      const other = (async () => {
        while (!isOver) {
          const revision = (await direct.read([create.kennitala])).found.get(create.kennitala)?.revision ?? null;
          await direct.write([{ kennitala: create.kennitala, expectRevision: revision, set: { n: Math.random() }, serverTime: [] }]);
        }
      })();
      for (let n = 0; n < 10; n += 1) {
        const revision = (await direct.read([create.kennitala])).found.get(create.kennitala)?.revision ?? null;
        const update = { ...create, writeId: `storm${n}`, expectRevision: revision, groups: { name: `S${n}` } };
        expect(await under.tracker.apply(delivered([update]))).toBe("ack");
      }
      isOver = true;
      await other;
      const statuses = under.publisher.observations().map(({ answer }) => answer?.status);
      expect(statuses).toHaveLength(11);
      expect(statuses.every((status) => status === "applied" || status === "stale")).toBe(true);
    }, 60_000);
  });
}
