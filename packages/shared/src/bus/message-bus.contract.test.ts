import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { MessageHandler } from "../messages/message.ts";
import { createLogger } from "../runtime/logging.ts";
import { collector, message } from "./collector.fixture.ts";
import { MemoryBus } from "./memory/memory-bus.ts";
import type { MessagePublisher, MessageSource } from "./message-bus.ts";
import { ensureTopology } from "./pubsub/ensure-topology.ts";
import { createPubSub, PubSubPublisher, PubSubSource } from "./pubsub/pubsub-bus.ts";

interface Bus extends AsyncDisposable {
  readonly publisher: MessagePublisher;
  readonly source: MessageSource;
}

const emulatorHost = process.env["PUBSUB_EMULATOR_HOST"];
if (emulatorHost === undefined) console.info("the bus contract runs in memory only: PUBSUB_EMULATOR_HOST is not set");

async function memory(): Promise<Bus> {
  const bus = new MemoryBus({ minBackoffMs: 5 });
  return { publisher: bus, source: bus, [Symbol.asyncDispose]: async () => undefined };
}

/** Each test has a project of its own, so that none sees another's messages. */
async function emulator(): Promise<Bus> {
  const pubsub = createPubSub({ projectId: `contract-${randomUUID().slice(0, 8)}`, emulatorHost: emulatorHost ?? "" });
  await ensureTopology(pubsub, { delivery: "pull" });
  const log = createLogger({ service: "contract", destination: { write: () => undefined } });
  return { publisher: new PubSubPublisher(pubsub), source: new PubSubSource({ pubsub, log }), [Symbol.asyncDispose]: () => pubsub.close() };
}

const variants: readonly (readonly [string, () => Promise<Bus>])[] = [
  ["memory", memory],
  ...(emulatorHost === undefined ? [] : [["Pub/Sub emulator", emulator] as const]),
];
const DJANGO = "reconciler-changes-django";
describe.each(variants)("a bus: %s", (_name, create) => {
  const stack: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });
  const start = async () => {
    const bus = await create();
    stack.push(bus);
    return {
      ...bus,
      consume: (name: string, handler: MessageHandler) => {
        const consumer = bus.source.consume(name, handler);
        stack.push(consumer);
        return consumer;
      },
    };
  };

  test("delivers text and attributes as they were published", async () => {
    const { publisher, consume } = await start();
    const { seen, handler, until } = collector();
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("Þórður 🙂")]);
    await until(() => seen.length === 1);
    expect(seen[0]).toEqual({
      messageId: expect.any(String),
      data: "Þórður 🙂",
      attributes: { schema: "member-change.v1" },
      subscription: DJANGO,
      publishedAt: expect.any(Number),
    });
    expect(Math.abs((seen[0]?.publishedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("keeps what is published before anyone listens", async () => {
    const { publisher, consume } = await start();
    await publisher.publish(
      "member-changes-django",
      Array.from({ length: 300 }, (_, index) => message(String(index))),
    );
    const { seen, handler, until } = collector();
    consume(DJANGO, handler);
    await until(() => new Set(seen.map(({ data }) => data)).size === 300);
  });

  test("delivers to the subscriptions of the topic only", async () => {
    const { publisher, consume } = await start();
    const [django, firestore] = [collector(), collector()];
    consume(DJANGO, django.handler);
    consume("reconciler-changes-firestore", firestore.handler);
    await publisher.publish("member-changes-firestore", [message("f")]);
    await publisher.publish("member-changes-django", [message("d")]);
    await Promise.all([django.until(() => django.seen.length > 0), firestore.until(() => firestore.seen.length > 0)]);
    expect([django.seen, firestore.seen].map((all) => [...new Set(all.map(({ data }) => data))])).toEqual([["d"], ["f"]]);
  });

  test.each<[string, MessageHandler]>([
    ["retry", async () => "retry"],
    [
      "a throw",
      async () => {
        throw new Error("x");
      },
    ],
    [
      "a throw at once",
      () => {
        throw new Error("x");
      },
    ],
  ])("delivers again what was not acknowledged: %s", async (_verdict, first) => {
    const { publisher, consume } = await start();
    let deliveries = 0;
    const { seen, handler, until } = collector((incoming) => ((deliveries += 1) === 1 ? first(incoming) : Promise.resolve("ack")));
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("again")]);
    await until(() => seen.length === 2);
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test("lets no message hold up another", async () => {
    const { publisher, consume } = await start();
    const { seen, handler, until } = collector(async ({ data }) => (data === "poison" ? "retry" : "ack"));
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [
      message("poison"),
      ...Array.from({ length: 50 }, (_, index) => message(String(index))),
    ]);
    await until(() => new Set(seen.map(({ data }) => data)).size === 51);
  });

  test("waits at its end for what is in hand, and delivers nothing more", async () => {
    const { publisher, consume } = await start();
    const release = Promise.withResolvers<void>();
    let finished = 0;
    const { seen, handler, until } = collector(async () => {
      await release.promise;
      finished += 1;
      return "ack";
    });
    const consumer = consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("in hand")]);
    await until(() => seen.length === 1);
    const ended = consumer[Symbol.asyncDispose]();
    release.resolve();
    await ended;
    expect(finished).toBe(1);
    await publisher.publish("member-changes-django", [message("later")]);
    expect(seen.map(({ data }) => data)).toEqual(["in hand"]);
  });

  test("takes nothing for nothing", async () => {
    const { publisher } = await start();
    await expect(publisher.publish("member-conflicts", [])).resolves.toBeUndefined();
    await expect(publisher.publish("member-conflicts", [message("nobody listens")])).resolves.toBeUndefined();
  });
});
