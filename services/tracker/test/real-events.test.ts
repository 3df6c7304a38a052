import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { MemoryBus } from "@member-sync/shared/bus/memory/memory-bus.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FirestoreMemberDocuments } from "../src/adapters/firestore/firestore-member-documents.ts";
import { trackerConfig } from "../src/config.ts";
import { startTracker } from "../src/service.ts";
import { CollectingPublisher } from "./collecting-publisher.ts";
import { findEmulator, registerTrigger, startEmulator, until } from "./firestore-emulator.ts";
import { ANNA, BJARNI, command, delivered, KEY } from "./rules.ts";

const PROJECT = "tracker-events";
const CECIL = "0202302989";
const found = findEmulator();

if ("reason" in found) {
  console.log(`real events are left out: ${found.reason}`);
  test("without an emulator there is nothing to hear", () => expect(found.reason).not.toBe(""));
} else {
  const cleanup = new AsyncDisposableStack();
  const publisher = new CollectingPublisher();
  let trackerUrl = "";
  let events = 0;
  let documents: FirestoreMemberDocuments;
  let firestore: ReturnType<typeof createFirestore>;

  beforeAll(async () => {
    // The emulator posts to a path of its own; the rest is passed on as it is.
    const forwarder = createServer((request, response) => {
      void (async () => {
        const body = Buffer.concat(await Array.fromAsync(request, (chunk: Uint8Array) => chunk));
        const headers = Object.fromEntries(
          Object.entries(request.headers).flatMap(([name, value]) =>
            typeof value === "string" && (name.startsWith("ce-") || name === "content-type") ? [[name, value]] : [],
          ),
        );
        const answer = await fetch(`${trackerUrl}/events/firestore`, { method: "POST", headers, body });
        events += 1;
        response.writeHead(answer.status).end();
      })();
    });
    const port = await listening(forwarder);
    cleanup.defer(
      () =>
        new Promise<void>((resolve) => {
          forwarder.close(() => resolve());
          forwarder.closeAllConnections();
        }),
    );
    const emulator = cleanup.use(await startEmulator(found.jar, `127.0.0.1:${port}`));
    firestore = createFirestore({ projectId: PROJECT, emulatorHost: emulator.host });
    cleanup.defer(() => firestore.terminate());
    documents = new FirestoreMemberDocuments(firestore);
    const config = trackerConfig({
      PORT: "0",
      HOST: "127.0.0.1",
      PROJECT_ID: PROJECT,
      MEMBER_REF_KEY: KEY.replaceAll(" ", "-"),
      PUSH_AUTH: "none",
      FIRESTORE_EMULATOR_HOST: emulator.host,
      MEMBER_SYNC_CONFIG: fileURLToPath(new URL("../../../member-sync.config.ts", import.meta.url)),
    });
    const log = createLogger({ service: "tracker", level: "silent" });
    const tracker = cleanup.use(await startTracker(config, { log, bus: { publisher, source: new MemoryBus() } }));
    trackerUrl = tracker.url;
    await registerTrigger(emulator.host, PROJECT);
  }, 90_000);

  afterAll(() => cleanup.disposeAsync(), 30_000);

  const revisionOf = async (id: string) => (await documents.read([id])).found.get(id)?.revision ?? null;

  const apply = async (item: ReturnType<typeof command>) => {
    const { data, attributes } = delivered([item]);
    const payload = { message: { data: Buffer.from(data).toString("base64"), attributes, messageId: "1" }, subscription: "s" };
    return fetch(`${trackerUrl}/pubsub/apply`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(payload),
    });
  };

  /** With the reference that the running tracker's key makes. */
  const keyed = async (parts: Parameters<typeof command>[0]) => {
    const { memberRefOf } = await import("@member-sync/shared/member/member-ref.ts");
    const made = command(parts);
    return { ...made, memberRef: memberRefOf(KEY.replaceAll(" ", "-"), made.kennitala) };
  };

  test("a portal's edits are published as they were made, with the revision that a read gives", async () => {
    const reference = firestore.collection("members").doc(ANNA);
    await reference.set({ profile: { kennitala: ANNA, name: "Anna", email: "a@b.is" }, theme: "dark" });
    const created = await revisionOf(ANNA);
    await reference.update({ "profile.email": "anna@b.is", theme: "light" });
    const updated = await revisionOf(ANNA);
    await reference.update({ "profile.email": "anna@b.is" });
    await reference.delete();
    await until(() => events === 4, "four events");
    const observations = publisher.observations();
    expect(observations).toMatchObject([
      { kennitala: ANNA, life: "alive", revision: created, record: { name: "Anna", email: "a@b.is" } },
      { life: "alive", revision: updated, changed: { email: { from: "a@b.is", to: "anna@b.is" } }, unmapped: ["theme"] },
      { life: "missing", record: {} },
    ]);
    expect(BigInt(observations[2]?.revision ?? 0)).toBeGreaterThan(BigInt(updated ?? 0));
    expect(observations[1]?.actor).toMatch(/^hashed:/);
  });

  test("our own create, update and deactivation come back as events: the create's answers once more, the others are dropped", async () => {
    const before = { events, observations: publisher.observations().length };
    expect((await apply(await keyed({ writeId: "w1", kennitala: BJARNI, groups: { name: "Bjarni" } }))).status).toBe(204);
    expect(
      (
        await apply(
          await keyed({ writeId: "w2", kennitala: BJARNI, expectRevision: await revisionOf(BJARNI), groups: { email: "b@b.is" } }),
        )
      ).status,
    ).toBe(204);
    expect(
      (await apply(await keyed({ writeId: "w3", kennitala: BJARNI, expectRevision: await revisionOf(BJARNI), life: "deleted" }))).status,
    ).toBe(204);
    await until(() => events === before.events + 3, "the three echoes");
    const told = publisher.observations().slice(before.observations);
    const creates = told.filter(({ answer }) => answer?.writeId === "w1");
    expect(creates).toHaveLength(2);
    expect(creates[1]).toEqual(creates[0]); // one observation, told twice
    const answers = told.filter((observation) => observation !== creates[1]);
    expect(answers.map(({ answer, life }) => [answer?.writeId, answer?.status, life])).toEqual([
      ["w1", "applied", "alive"],
      ["w2", "applied", "alive"],
      ["w3", "applied", "deleted"],
    ]);
    expect(answers[2]?.revision).toBe(await revisionOf(BJARNI));
  });

  test("a member who replays our mark on a document made anew, or forges one, makes edits; set() without merge clears nothing", async () => {
    const reference = firestore.collection("members").doc(CECIL);
    const before = events;
    const last = () => publisher.observations().at(-1);
    await apply(await keyed({ writeId: "r1", kennitala: CECIL, groups: { name: "Cecil", email: "c@b.is" } }));
    const copy = (await reference.get()).data() ?? {};
    await reference.delete();
    await reference.set({ ...copy, profile: { kennitala: CECIL, name: "Replayed" } });
    await until(() => events === before + 3, "the create, the removal and the replay");
    expect(last()).toMatchObject({ revision: await revisionOf(CECIL), life: "alive", record: { name: "Replayed" } });
    expect(last()).not.toHaveProperty("answer");
    const forged = { "profile.name": "Forged", "metadata.sync.write_id": "x", "metadata.sync.revision": await revisionOf(CECIL) };
    await reference.update(forged);
    await until(() => events === before + 4, "the forged mark");
    expect(last()).toMatchObject({ record: { name: "Forged" }, writeId: "r1", tampered: ["metadata.sync"] });
    await apply(
      await keyed({ writeId: "r2", kennitala: CECIL, expectRevision: await revisionOf(CECIL), life: "alive", groups: { email: "c@b.is" } }),
    );
    await reference.set({ profile: { kennitala: CECIL, name: "Replaced" } });
    await until(() => events === before + 6, "our write and the replacement");
    const replaced = publisher.observations().find(({ record }) => record["name"] === "Replaced");
    expect(replaced).toMatchObject({ replaced: ["email"], record: { email: "c@b.is" }, writeId: "r2" });
  });

  test("it says that it is ready", async () => {
    const ready = await fetch(`${trackerUrl}/readyz`);
    expect(await ready.json()).toEqual({ ok: true, checks: { firestore: true } });
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
